package flowmatching.ros.message;

import flowmatching.BadInputException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/** The compressions of {@code sensor_msgs/msg/CompressedImage} that hold colour pictures. */
enum CompressionFormat {
  JPEG("ff d8 ff"), PNG("89 50 4e 47 0d 0a 1a 0a");

  private static final HexFormat HEX = HexFormat.ofDelimiter(" ");

  private final byte[] signature;

  CompressionFormat(String signature) {
    this.signature = HexFormat.ofDelimiter(" ").parseHex(signature);
  }

  /**
   * Reads {@code CompressedImage.format}. Drivers write {@code jpeg}; {@code image_transport} writes the encoding before
   * compression, a semicolon, and then the compression: {@code rgb8; jpeg compressed bgr8}.
   */
  static CompressionFormat of(String format) {
    String compression = format.substring(format.indexOf(';') + 1).strip().toLowerCase(Locale.ROOT);
    int space = compression.indexOf(' ');
    return switch (space < 0 ? compression : compression.substring(0, space)) {
      case "jpeg", "jpg" -> JPEG;
      case "png" -> PNG;
      default -> throw new BadInputException("compressed image format must name jpeg or png, found '" + format + "'");
    };
  }

  /** Refuses bytes that do not begin as a file of this format. */
  void checkSignature(byte[] file) {
    int length = Math.min(file.length, signature.length);
    if (!Arrays.equals(file, 0, length, signature, 0, signature.length)) {
      throw new BadInputException(name().toLowerCase(Locale.ROOT) + " image must begin with the bytes "
          + HEX.formatHex(signature) + ", found " + HEX.formatHex(file, 0, length));
    }
  }
}
