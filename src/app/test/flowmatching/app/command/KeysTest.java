package flowmatching.app.command;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class KeysTest {
  @TempDir Path directory;

  /** Waits for Enter. */
  static final class Command {
    private Command() {}

    public static void main(String[] arguments) throws InterruptedException {
      CountDownLatch entered = new CountDownLatch(1);
      Keys.listen(entered::countDown, () -> {});
      System.out.println("ready");
      System.out.println(entered.await(3, TimeUnit.SECONDS) ? "entered" : "nothing came");
      System.exit(0);
    }
  }

  /** {@code script} is the terminal. */
  private static String output(String input, String line) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java") + " -cp '" + System.getProperty("java.class.path") + "' '" + Command.class.getName() + "'";
    Process process = new ProcessBuilder("script", "-qec", line.replace("COMMAND", java), "/dev/null").redirectErrorStream(true).start();
    process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }

  @Test
  void enterIsHeardWhereOutputIsKeptInAFileToo() throws Exception {
    String plain = output("\n", "COMMAND");
    assertTrue(plain.contains("entered"), plain);
    String kept = output("\n", "COMMAND | cat");
    assertTrue(kept.contains("entered"), kept);
  }

  /** The system stops who reads the keyboard there. */
  @Test
  void inTheBackgroundTheKeyboardIsLeftToOthers() throws Exception {
    String said = output("", "set -m; COMMAND > " + directory.resolve("said") + " & sleep 6; cat " + directory.resolve("said") + "; kill -KILL %1");
    assertTrue(said.contains("nothing came"), said);
  }

  @Test
  void whatComesFromAFileIsNobodyAtTheKeyboard() throws Exception {
    String said = output("", "COMMAND < /etc/passwd");
    assertTrue(said.contains("nothing came"), said);
  }
}
