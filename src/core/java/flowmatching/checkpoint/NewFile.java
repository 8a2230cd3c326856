package flowmatching.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicLong;

/** Files that are whole or not there: written beside their place, then renamed over it. */
public final class NewFile {
  private static final AtomicLong COUNTER = new AtomicLong();

  private NewFile() {}

  /** Fills the file that it is given. */
  public interface Content {
    void writeTo(Path part) throws IOException;
  }

  /** @throws IOException where writing or renaming fails; a file that stood at {@code path} is then untouched */
  public static void write(Path path, Content content) throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    Files.createDirectories(directory);
    // Not Files.createTempFile: its mode 0600 would stay with the finished file.
    Path part = directory.resolve("." + path.getFileName() + "." + ProcessHandle.current().pid() + "-" + COUNTER.incrementAndGet() + ".part");
    try {
      Files.createFile(part);
      content.writeTo(part);
      Files.move(part, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** Writes a text as UTF-8. */
  public static void writeText(Path path, String text) throws IOException {
    write(path, part -> Files.writeString(part, text));
  }
}
