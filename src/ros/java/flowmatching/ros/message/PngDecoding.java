package flowmatching.ros.message;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import java.nio.ByteBuffer;

/**
 * PNG of 8 bits a channel or fewer.
 *
 * <p>Only the chunks that make the picture reach the decoder. The rest (text, profiles, thumbnails) may inflate to any size and
 * means nothing here.
 */
final class PngDecoding {
  private static final int IHDR = 0x49484452;
  private static final int PLTE = 0x504c5445;
  private static final int IDAT = 0x49444154;
  private static final int IEND = 0x49454e44;

  /** Length, type and check sum. */
  private static final int CHUNK_OVERHEAD = 12;

  private PngDecoding() {}

  static RgbImage decode(byte[] file) {
    ByteBuffer from = ByteBuffer.wrap(file).position(8);
    ByteBuffer kept = ByteBuffer.allocate(file.length).put(file, 0, 8);
    boolean first = true;
    int type = 0;
    while (type != IEND) {
      if (from.remaining() < CHUNK_OVERHEAD) {
        throw new BadInputException("png image ends before its last chunk, after " + file.length + " bytes");
      }
      int start = from.position();
      long length = Integer.toUnsignedLong(from.getInt(start));
      type = from.getInt(start + 4);
      if (length > from.remaining() - CHUNK_OVERHEAD) {
        throw new BadInputException("png chunk at byte " + start + " says " + length + " bytes, found "
            + (from.remaining() - CHUNK_OVERHEAD));
      }
      if (first) {
        checkHeader(from, start, length, type);
        first = false;
      }
      if (type == IHDR || type == PLTE || type == IDAT || type == IEND) {
        kept.put(file, start, (int) length + CHUNK_OVERHEAD);
      }
      from.position(start + (int) length + CHUNK_OVERHEAD);
    }
    byte[] picture = new byte[kept.position()];
    kept.get(0, picture);
    return RasterDecoding.decode("png", picture);
  }

  private static void checkHeader(ByteBuffer file, int start, long length, int type) {
    if (type != IHDR || length != 13) {
      throw new BadInputException("png image must begin with a header chunk of 13 bytes");
    }
    long width = Integer.toUnsignedLong(file.getInt(start + 8));
    long height = Integer.toUnsignedLong(file.getInt(start + 12));
    ImageDecoding.checkSize("png", width, height);
    int bits = file.get(start + 16);
    if (bits < 1 || bits > 8) {
      throw new BadInputException("png image must have 8 bits a channel, found " + bits);
    }
  }
}
