package flowmatching.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;

/** Files that are whole or not there, after a loss of power too: written beside their place, brought to the disk, then renamed over it. */
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
      force(part);
      Files.move(part, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** A rename may reach the disk before what was written does: the file that stood there would be lost with the new one. */
  private static void force(Path part) throws IOException {
    if (Files.isRegularFile(part, LinkOption.NOFOLLOW_LINKS)) { // not a link
      try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
    }
  }

  /** Writes a text as UTF-8. */
  public static void writeText(Path path, String text) throws IOException {
    write(path, part -> Files.writeString(part, text));
  }
}
