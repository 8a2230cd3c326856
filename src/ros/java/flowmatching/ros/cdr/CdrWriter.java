package flowmatching.ros.cdr;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes values in little-endian CDR (XCDR version 1) into a buffer that it keeps: what grows once serves every later message. */
final class CdrWriter {
  private static final int FIRST_CAPACITY = 256;

  private ByteBuffer bytes = allocate(FIRST_CAPACITY);

  /** Forgets what was written and begins with the header. */
  CdrWriter begin() {
    bytes.clear();
    bytes.put((byte) 0).put((byte) 1).putShort((short) 0);
    return this;
  }

  /** Header and body, from position 0 to the limit; valid until the next {@link #begin}. */
  ByteBuffer end() {
    return bytes.flip();
  }

  void int8(byte value) {
    room(1).put(value);
  }

  void int16(short value) {
    align(2).putShort(value);
  }

  void int32(int value) {
    align(4).putInt(value);
  }

  void int64(long value) {
    align(8).putLong(value);
  }

  void float32(float value) {
    align(4).putFloat(value);
  }

  void float64(double value) {
    align(8).putDouble(value);
  }

  void string(String value, int bound) {
    int length = value.length();
    int32(length + 1);
    room(length + 1);
    int start = bytes.position();
    for (int i = 0; i < length; i++) {
      char letter = value.charAt(i);
      if (letter >= 0x80) { // one letter is one byte no longer
        bytes.position(start - Integer.BYTES);
        string(value.getBytes(StandardCharsets.UTF_8), bound);
        return;
      }
      bytes.put((byte) letter);
    }
    checkBound(length, bound, "bytes");
    bytes.put((byte) 0);
  }

  private void string(byte[] text, int bound) {
    checkBound(text.length, bound, "bytes");
    bytes.putInt(text.length + 1);
    bytes(text);
    int8((byte) 0);
  }

  /** @param bound most values, 0 where there is no limit */
  void length(int length, int bound) {
    checkBound(length, bound, "values");
    int32(length);
  }

  void bytes(byte[] values) {
    room(values.length).put(values);
  }

  void float64s(double[] values) {
    for (double value : values) {
      float64(value);
    }
  }

  private static void checkBound(int length, int bound, String what) {
    if (bound > 0 && length > bound) {
      throw new IllegalArgumentException("at most " + bound + " " + what + " may be sent, found " + length);
    }
  }

  private ByteBuffer align(int size) {
    int padding = -(bytes.position() - CdrReader.HEADER) & size - 1;
    room(padding + size);
    for (int i = 0; i < padding; i++) {
      bytes.put((byte) 0);
    }
    return bytes;
  }

  private ByteBuffer room(int count) {
    if (bytes.remaining() < count) {
      ByteBuffer larger = allocate(Math.max(Math.addExact(bytes.position(), count), 2 * bytes.capacity()));
      bytes = larger.put(bytes.flip());
    }
    return bytes;
  }

  /** Direct, so that native code takes it where it is. */
  private static ByteBuffer allocate(int capacity) {
    return ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN);
  }
}
