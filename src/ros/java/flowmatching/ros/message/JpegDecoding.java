package flowmatching.ros.message;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import java.nio.ByteBuffer;

/**
 * JPEG, baseline and progressive.
 *
 * <p>The markers are walked before the decoder runs: it would fill a picture that is cut off with grey, spend minutes on a file
 * with thousands of progressive scans, and apply a colour profile, which the recorders of data sets do not.
 */
final class JpegDecoding {
  private static final int START_OF_IMAGE = 0xd8;
  private static final int END_OF_IMAGE = 0xd9;
  private static final int START_OF_SCAN = 0xda;
  private static final int TEMPORARY = 0x01;
  private static final int RESTART_0 = 0xd0;
  private static final int RESTART_7 = 0xd7;
  private static final int APPLICATION_0_JFIF = 0xe0;
  private static final int APPLICATION_14_ADOBE = 0xee;
  private static final int APPLICATION_15 = 0xef;
  private static final int COMMENT = 0xfe;

  /** Encoders write 1 scan, or about 10 where the file is progressive. */
  private static final int MAX_SCANS = 64;

  private final byte[] file;
  private final ByteBuffer kept;

  private JpegDecoding(byte[] file) {
    this.file = file;
    this.kept = ByteBuffer.allocate(file.length);
  }

  static RgbImage decode(byte[] file) {
    return RasterDecoding.decode("jpeg", new JpegDecoding(file).picture());
  }

  /** The file without what is not the picture: profiles, thumbnails, comments. */
  private byte[] picture() {
    kept.put(file, 0, 2);
    int scans = 0;
    int at = 2;
    while (true) {
      int marker = nextMarker(at);
      kept.put(file, at, marker - at);
      int kind = file[marker + 1] & 0xff;
      int end = marker + 2 + segmentLength(kind, marker + 2);
      if (isFrame(kind) && end - marker >= 10) {
        ImageDecoding.checkSize("jpeg", word(marker + 7), word(marker + 5));
        checkChannels(file[marker + 9] & 0xff);
      }
      if (kind == START_OF_SCAN && ++scans > MAX_SCANS) {
        throw new BadInputException("jpeg image must have at most " + MAX_SCANS + " scans, found more");
      }
      if (isPicture(kind)) {
        kept.put(file, marker, end - marker);
      }
      if (kind == END_OF_IMAGE) {
        byte[] picture = new byte[kept.position()];
        kept.get(0, picture);
        return picture;
      }
      at = end;
    }
  }

  /** Index of the next ff that begins a marker; ff 00 is a stuffed byte of a scan and ff ff is filling. */
  private int nextMarker(int from) {
    for (int i = from; i + 1 < file.length; i++) {
      if (file[i] == -1 && file[i + 1] != 0 && file[i + 1] != -1) {
        return i;
      }
    }
    throw cutOff();
  }

  private int segmentLength(int kind, int at) {
    if (kind == TEMPORARY || (kind >= RESTART_0 && kind <= RESTART_7) || kind == START_OF_IMAGE || kind == END_OF_IMAGE) {
      return 0;
    }
    if (at + 2 > file.length || word(at) < 2 || at + word(at) > file.length) {
      throw cutOff();
    }
    return word(at);
  }

  private static boolean isFrame(int kind) {
    return kind >= 0xc0 && kind <= 0xcf && kind != 0xc4 && kind != 0xc8 && kind != 0xcc;
  }

  /** Four are ink, cyan to black, which the decoder hands out as it is. */
  private static void checkChannels(int channels) {
    if (channels != 1 && channels != 3) {
      throw new BadInputException("jpeg image must have 1 or 3 channels, found " + channels);
    }
  }

  private static boolean isPicture(int kind) {
    boolean application = kind >= APPLICATION_0_JFIF && kind <= APPLICATION_15;
    return kind != COMMENT && (!application || kind == APPLICATION_0_JFIF || kind == APPLICATION_14_ADOBE);
  }

  private int word(int at) {
    return (file[at] & 0xff) << 8 | file[at + 1] & 0xff;
  }

  private BadInputException cutOff() {
    return new BadInputException("jpeg image is cut off: " + file.length + " bytes without an end-of-image marker");
  }
}
