package flowmatching.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Whether people write what is read, and read what is written at once, or it comes from and goes to a file or pipe.
 * {@code System.console()} speaks of standard input and output together, and from Java 22 on of neither.
 */
public final class Terminal {
  private Terminal() {}

  /** Whether somebody is at the keyboard who speaks to this process: who reads it in the background is stopped by the system. */
  public static boolean isInput() {
    return is(0, Terminal::isTerminal, () -> System.console() != null) && isForeground();
  }

  private static boolean isForeground() {
    try {
      String all = Files.readString(Path.of("/proc/self/stat"));
      String[] fields = all.substring(all.lastIndexOf(')') + 2).split(" "); // state, parent, group, session, terminal, its foreground group
      return fields[2].equals(fields[5]);
    } catch (IOException e) { // no Linux
      return true;
    }
  }

  /** Whether standard output goes to another process. */
  static boolean isOutputPipe() {
    return is(1, target -> target.startsWith("pipe:") || target.startsWith("socket:"), () -> false);
  }

  /** Whether standard error is a terminal. */
  public static boolean isError() {
    return is(2, Terminal::isTerminal, () -> System.console() != null);
  }

  private static boolean is(int stream, Predicate<String> kind, BooleanSupplier elsewhere) {
    try {
      return kind.test(Files.readSymbolicLink(Path.of("/proc/self/fd/" + stream)).toString());
    } catch (IOException | UnsupportedOperationException e) { // no Linux
      return elsewhere.getAsBoolean();
    }
  }

  private static boolean isTerminal(String target) {
    return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
  }
}
