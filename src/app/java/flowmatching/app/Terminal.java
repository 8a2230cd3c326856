package flowmatching.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether people read what is written at once, or it goes to a file or pipe. */
public final class Terminal {
  private static final Path ERROR = Path.of("/proc/self/fd/2");

  private static final Path OUTPUT = Path.of("/proc/self/fd/1");

  private Terminal() {}

  /** Whether standard output goes to another process. */
  static boolean isOutputPipe() {
    try {
      String target = Files.readSymbolicLink(OUTPUT).toString();
      return target.startsWith("pipe:") || target.startsWith("socket:");
    } catch (IOException | UnsupportedOperationException e) { // no Linux
      return false;
    }
  }

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
