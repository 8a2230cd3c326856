package flowmatching.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.checkpoint.JsonFile;
import flowmatching.checkpoint.NewFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * One repository in a cache that is laid out as huggingface_hub lays it out.
 *
 * <pre>
 * models--user--name/
 *   refs/main                     the commit that a branch or tag was last seen at
 *   trees/COMMIT.json             the files of a commit
 *   snapshots/COMMIT/config.json  -> ../../blobs/HASH
 *   blobs/HASH                    contents, by SHA-256 where the hub keeps them as large files, else by git's SHA-1
 *   .no_exist/COMMIT/name         an empty file: the commit has none of that name
 * .locks/models--user--name/      see {@link BlobLock}
 * </pre>
 *
 * <p>Each file is whole or not there, so readers need no lock.
 */
final class RepositoryCache {
  private static final Logger LOGGER = LogManager.getLogger(RepositoryCache.class);
  private static final int TREE_FORMAT = 1;

  private final Path root;
  private final Path directory;
  private final RepositoryName name;

  RepositoryCache(Path root, RepositoryName name) {
    this.root = root;
    this.name = name;
    this.directory = root.resolve(name.cacheDirectory());
  }

  /** The commit that a revision was last seen at: itself where it is one. */
  Optional<String> commit(String revision) {
    if (RemoteFile.isCommit(revision)) {
      return Optional.of(revision);
    }
    try {
      return Optional.of(Files.readString(directory.resolve("refs").resolve(revision)).strip()).filter(RemoteFile::isCommit);
    } catch (IOException e) { // not seen yet, or a directory of refs such as refs/pr
      return Optional.empty();
    }
  }

  void writeRef(String revision, String commit) throws IOException {
    if (!revision.equals(commit) && !commit(revision).equals(Optional.of(commit))) {
      NewFile.writeText(directory.resolve("refs").resolve(revision), commit);
    }
  }

  /** Branches and tags that were seen. */
  List<String> refs() throws IOException {
    Path refs = directory.resolve("refs");
    if (!Files.isDirectory(refs)) {
      return List.of();
    }
    try (var files = Files.list(refs)) {
      return files.filter(Files::isRegularFile).map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** The directory that holds a commit's files, whether it is there or not. */
  Path snapshot(String commit) {
    return directory.resolve("snapshots").resolve(commit);
  }

  /** Where a commit's files come to. */
  Destination destination(String commit) {
    return new CacheSnapshot(snapshot(commit), directory.resolve("blobs"), root.resolve(".locks").resolve(name.cacheDirectory()));
  }

  /** Says to other clients that a commit has no such file. */
  void writeMissing(String commit, String path) throws IOException {
    RemoteFile.checkPath(path);
    NewFile.writeText(directory.resolve(".no_exist").resolve(commit).resolve(path), "");
  }

  /** The files of a commit; empty where no client has listed them. */
  Optional<List<RemoteFile>> listing(String commit) {
    Path file = directory.resolve("trees").resolve(commit + ".json");
    try {
      JsonNode json = new ObjectMapper().readTree(Files.readAllBytes(file));
      if (json.path("format_version").asInt() != TREE_FORMAT) {
        return Optional.empty();
      }
      List<RemoteFile> files = new ArrayList<>();
      for (Map.Entry<String, JsonNode> entry : json.path("files").properties()) {
        JsonNode info = entry.getValue();
        files.add(new RemoteFile(entry.getKey(), info.path("lfs_size").asLong(info.path("size").asLong(-1)), info.path("blob_id").asText(),
            RemoteFile.optional(info, "lfs_sha256"), RemoteFile.optional(info, "xet_hash")));
      }
      return Optional.of(files);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException | BadInputException e) {
      LOGGER.warn("{}: not used, will be asked for again: {}", file, e.getMessage());
      return Optional.empty();
    }
  }

  void writeListing(String commit, List<RemoteFile> files) throws IOException {
    ObjectNode json = new ObjectMapper().createObjectNode().put("format_version", TREE_FORMAT);
    ObjectNode entries = json.putObject("files");
    for (RemoteFile file : files.stream().sorted(Comparator.comparing(RemoteFile::path)).toList()) {
      ObjectNode info = entries.putObject(file.path()).put("size", file.size()).put("blob_id", file.gitId());
      file.sha256().ifPresent(hash -> info.put("lfs_sha256", hash).put("lfs_size", file.size()));
      file.xetHash().ifPresent(hash -> info.put("xet_hash", hash));
    }
    JsonFile.write(directory.resolve("trees").resolve(commit + ".json"), json);
  }
}
