package flowmatching.hub;

import flowmatching.BadInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The files of a commit to be made on the hub, by their paths in the repository. */
public final class HubUpload {
  private final String message;
  private final Map<String, Content> files = new TreeMap<>();

  /** @param message the commit's first line */
  public HubUpload(String message) {
    this.message = message;
  }

  /**
   * Adds a file, or replaces what was added under that path.
   *
   * @throws BadInputException where there is no such file, or the path is not one inside a repository
   */
  public HubUpload file(String path, Path file) {
    RemoteFile.checkPath(path);
    if (!Files.isRegularFile(file)) {
      throw new BadInputException(file + ": expected a file to upload, found " + (Files.exists(file) ? "a directory" : "nothing"));
    }
    files.put(path, Content.of(file));
    return this;
  }

  /** Adds a text file, or replaces what was added under that path. */
  public HubUpload text(String path, String text) {
    RemoteFile.checkPath(path);
    files.put(path, Content.of(text.getBytes(StandardCharsets.UTF_8)));
    return this;
  }

  /**
   * Adds the files below a directory whose paths, relative to it, are wanted. Links are followed. Directories whose names begin with a
   * dot, such as .git and .cache, are left out, and so are files that a killed process was writing.
   *
   * @throws BadInputException where one is a link to nothing
   */
  public HubUpload directory(Path directory, Predicate<String> wanted) {
    if (!Files.isDirectory(directory)) {
      throw new BadInputException(directory + ": expected a directory to upload");
    }
    try (Stream<Path> found = Files.walk(directory, FileVisitOption.FOLLOW_LINKS)) {
      for (Path file : found.filter(path -> !Files.isDirectory(path)).toList()) {
        String path = directory.relativize(file).toString().replace(file.getFileSystem().getSeparator(), "/");
        if (!path.matches("(.*/)?\\.([^/]*/.*|[^/]*\\.part)") && wanted.test(path)) {
          file(path, file);
        }
      }
      return this;
    } catch (IOException | UncheckedIOException e) {
      throw new BadInputException(directory + ": cannot be read: " + e.getMessage(), e);
    }
  }

  String message() {
    return message;
  }

  Map<String, Content> files() {
    return files;
  }
}
