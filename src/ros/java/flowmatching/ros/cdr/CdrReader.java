package flowmatching.ros.cdr;

import flowmatching.BadInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads values in CDR (XCDR version 1, both byte orders) from bytes that nobody vouches for. Every length is checked against
 * the bytes that are left before anything is allocated.
 */
final class CdrReader {
  /** Bytes before the body: what follows is encoded how. Alignment counts from their end. */
  static final int HEADER = 4;
  /** Writers may fill up the last four bytes. */
  private static final int MOST_PADDING = 3;

  private final ByteBuffer bytes;

  /**
   * Begins behind the header.
   *
   * @param sample header and body, from position 0 to the limit; the caller's position stays as it is
   * @throws BadInputException where the encoding is not plain CDR
   */
  CdrReader(ByteBuffer sample) {
    if (sample.limit() < HEADER) {
      throw new BadInputException("CDR: expected a header of " + HEADER + " bytes, found " + sample.limit() + " in all");
    }
    int encoding = Byte.toUnsignedInt(sample.get(0)) << 8 | Byte.toUnsignedInt(sample.get(1));
    if (encoding > 1) {
      throw new BadInputException("CDR: expected encoding 0 or 1 (plain CDR), found " + encoding);
    }
    ByteBuffer whole = sample.duplicate().position(HEADER);
    bytes = whole.slice().order(encoding == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
  }

  byte int8() {
    return need(1).get();
  }

  short int16() {
    return align(2).getShort();
  }

  int int32() {
    return align(4).getInt();
  }

  long int64() {
    return align(8).getLong();
  }

  float float32() {
    return align(4).getFloat();
  }

  double float64() {
    return align(8).getDouble();
  }

  /**
   * The number of values of a sequence.
   *
   * @param bound most values, 0 where there is no limit
   * @param elementSize fewest bytes of one value, at least 1
   */
  int length(int bound, int elementSize) {
    int length = int32();
    if (length < 0 || (long) length * elementSize > bytes.remaining()) {
      throw new BadInputException("CDR: a sequence says it has " + Integer.toUnsignedString(length) + " values of at least "
          + elementSize + " bytes, " + bytes.remaining() + " bytes are left");
    }
    if (bound > 0 && length > bound) {
      throw new BadInputException("CDR: a sequence of at most " + bound + " values says it has " + length);
    }
    return length;
  }

  /** @param bound most bytes, 0 where there is no limit */
  String string(int bound) {
    int length = length(0, 1);
    if (length == 0) { // not by the book, but some writers leave out the terminator of an empty string
      return "";
    }
    byte[] text = bytes(length - 1);
    if (int8() != 0) {
      throw new BadInputException("CDR: a string of " + length + " bytes does not end with 0");
    }
    if (bound > 0 && text.length > bound) {
      throw new BadInputException("CDR: a string of at most " + bound + " bytes has " + text.length);
    }
    return new String(text, StandardCharsets.UTF_8);
  }

  byte[] bytes(int count) {
    need(count);
    byte[] values = new byte[count];
    bytes.get(values);
    return values;
  }

  double[] float64s(int count) {
    if (count == 0) { // no value, no padding before it
      return new double[0];
    }
    align(8);
    need(Math.multiplyExact(count, 8));
    double[] values = new double[count];
    bytes.asDoubleBuffer().get(values);
    bytes.position(bytes.position() + count * 8);
    return values;
  }

  /** @throws BadInputException where more is left than padding */
  void end() {
    if (bytes.remaining() > MOST_PADDING) {
      throw new BadInputException("CDR: " + bytes.remaining() + " bytes are left behind the last value");
    }
  }

  private ByteBuffer align(int size) {
    int padding = -bytes.position() & size - 1;
    need(padding + size);
    return bytes.position(bytes.position() + padding);
  }

  private ByteBuffer need(int count) {
    if (count < 0 || count > bytes.remaining()) {
      throw new BadInputException("CDR: expected " + count + " more bytes, found " + bytes.remaining());
    }
    return bytes;
  }
}
