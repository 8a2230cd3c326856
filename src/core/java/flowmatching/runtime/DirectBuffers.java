package flowmatching.runtime;

import flowmatching.BadInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** The buffers that sessions share with callers and with native code: direct, so of Java's own, and valid for longer than the session. */
public final class DirectBuffers {
  private DirectBuffers() {}

  /** Floats, zeros at first; see {@link #bytes}. */
  public static FloatBuffer floats(long count) {
    return bytes(Float.BYTES * count).asFloatBuffer();
  }

  /**
   * Bytes, zeros at first, in the machine's order.
   *
   * @throws BadInputException where it has 2 GiB or more, the most that Java gives, or the memory is not there
   */
  public static ByteBuffer bytes(long count) {
    try {
      return ByteBuffer.allocateDirect(Math.toIntExact(count)).order(ByteOrder.nativeOrder());
    } catch (ArithmeticException | OutOfMemoryError e) {
      throw new BadInputException(
          "expected values that Java's memory holds, found " + count + " bytes: smaller pictures, or fewer observations a run; " + e.getMessage(), e);
    }
  }
}
