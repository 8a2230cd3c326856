package flowmatching.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether people read what is written at once, or it goes to a file or pipe. */
public final class Terminal {
  private static final Path ERROR = Path.of("/proc/self/fd/2");

  private Terminal() {}

  /** Whether standard error is a terminal. {@code System.console()} speaks of standard input and output, and from Java 22 on of neither. */
  public static boolean isError() {
    try {
      String target = Files.readSymbolicLink(ERROR).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException e) { // no Linux
      return System.console() != null;
    }
  }
}
