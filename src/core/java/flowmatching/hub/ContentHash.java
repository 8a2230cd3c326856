package flowmatching.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The two hashes by which the hub names contents, in lower-case hexadecimal. */
final class ContentHash {
  private static final int BUFFER = 1 << 18;

  private ContentHash() {}

  /** SHA-256 of the bytes: large files (LFS). */
  static String sha256(Content content) throws IOException {
    return digest(digest("SHA-256"), content);
  }

  /** SHA-1 of {@code "blob " + size + "\0"} and the bytes: small files, as {@code git hash-object} names them. */
  static String git(Content content) throws IOException {
    MessageDigest digest = digest("SHA-1");
    digest.update(("blob " + content.length() + "\0").getBytes(StandardCharsets.US_ASCII));
    return digest(digest, content);
  }

  private static String digest(MessageDigest digest, Content content) throws IOException {
    try (InputStream in = content.open(0)) {
      byte[] buffer = new byte[BUFFER];
      for (int read = in.read(buffer, 0, BUFFER); read >= 0; read = in.read(buffer, 0, BUFFER)) {
        digest.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has " + algorithm, e);
    }
  }
}
