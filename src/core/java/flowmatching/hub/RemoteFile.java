package flowmatching.hub;

import com.fasterxml.jackson.databind.JsonNode;
import flowmatching.BadInputException;
import java.io.IOException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A file of a repository at one commit, as the hub's listing says it.
 *
 * @param path where it is in the repository, with {@code /}; checked, so that it stays below the directory that it is resolved against
 * @param size in bytes
 * @param gitId SHA-1 of the git blob: of the file, or of the pointer that stands for a large one
 * @param sha256 of the content of a large file (LFS)
 * @param xetHash names the content in the hub's store of chunks; not used here, kept for the Python client
 */
record RemoteFile(String path, long size, String gitId, Optional<String> sha256, Optional<String> xetHash) {
  private static final Pattern SHA1 = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  /** Below what file systems allow for a path, with room for the cache before it. */
  private static final int MAX_PATH = 1024;

  /** @throws BadInputException where a name would leave the repository's directory, or a hash is none */
  RemoteFile {
    checkPath(path);
    if (size < 0) {
      throw new BadInputException("file '" + path + "': expected a size in bytes, found " + size);
    }
    checkHash(path, SHA1, gitId);
    sha256.ifPresent(hash -> checkHash(path, SHA256, hash));
    xetHash.ifPresent(hash -> checkHash(path, SHA256, hash));
  }

  /** An entry of the hub's answer to {@code /tree}; empty for a directory. */
  static Optional<RemoteFile> fromTree(JsonNode entry) {
    if (entry.path("type").asText().equals("directory")) {
      return Optional.empty();
    }
    JsonNode lfs = entry.path("lfs");
    return Optional.of(new RemoteFile(
        text(entry, "path"), (lfs.isObject() ? lfs : entry).path("size").asLong(-1), text(entry, "oid"),
        optional(lfs, "oid"), optional(entry, "xetHash")));
  }

  /** Its name in the cache's {@code blobs}, and the entity tag that the hub sends for it. */
  String blobName() {
    return sha256.orElse(gitId);
  }

  /** Whether it is the content of this file. */
  boolean matches(Content content) throws IOException {
    return content.length() == size && hash(content).equals(blobName());
  }

  /** The hash that is compared with {@link #blobName}. */
  String hash(Content content) throws IOException {
    return sha256.isPresent() ? ContentHash.sha256(content) : ContentHash.git(content);
  }

  static boolean isCommit(String text) {
    return SHA1.matcher(text).matches();
  }

  /**
   * @throws BadInputException where a path is not relative, has an empty, {@code .} or {@code ..} part, a backslash, a colon after one
   *     letter (a drive), a control character, or is too long
   */
  static void checkPath(String path) {
    boolean safe = !path.isEmpty() && path.length() <= MAX_PATH && !path.contains("\\") && path.chars().noneMatch(Character::isISOControl);
    for (String part : path.split("/", -1)) {
      safe &= !part.isEmpty() && !part.equals(".") && !part.equals("..") && !part.matches("[A-Za-z]:.*");
    }
    if (!safe) {
      throw new BadInputException("expected the path of a file inside a repository, found '" + HubErrors.printable(path) + "'");
    }
  }

  private static void checkHash(String path, Pattern pattern, String hash) {
    if (!pattern.matcher(hash).matches()) {
      throw new BadInputException("file '" + path + "': expected a hash as " + pattern + ", found '" + HubErrors.printable(hash) + "'");
    }
  }

  private static String text(JsonNode node, String key) {
    return optional(node, key).orElseThrow(() -> new BadInputException("expected the key " + key + " with a text, found " + node.path(key)));
  }

  static Optional<String> optional(JsonNode node, String key) {
    return node.path(key).isTextual() ? Optional.of(node.get(key).textValue()) : Optional.empty();
  }
}
