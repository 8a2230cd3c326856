package flowmatching.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The two hashes by which the hub names contents, in lower-case hexadecimal. */
final class ContentHash {
  private static final int BUFFER = 1 << 20;

  private ContentHash() {}

  /** The hash that a file would have to have to be the blob of a listing's entry. */
  static String of(Path path, RemoteFile file) throws IOException {
    return file.sha256().isPresent() ? sha256(path) : git(path);
  }

  /** SHA-256 of the bytes: large files (LFS). */
  static String sha256(Path file) throws IOException {
    return digest(digest("SHA-256"), file);
  }

  /** SHA-1 of {@code "blob " + size + "\0"} and the bytes: small files, as {@code git hash-object} names them. */
  static String git(Path file) throws IOException {
    MessageDigest digest = digest("SHA-1");
    digest.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.US_ASCII));
    return digest(digest, file);
  }

  private static String digest(MessageDigest digest, Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[BUFFER];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
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
