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

  /** Waits for Enter, so many seconds. */
  static final class Command {
    private Command() {}

    public static void main(String[] arguments) throws InterruptedException {
      CountDownLatch entered = new CountDownLatch(1);
      Keys.listen(entered::countDown, () -> {});
      System.out.println("ready");
      System.out.println(entered.await(Integer.parseInt(arguments[0]), TimeUnit.SECONDS) ? "entered" : "nothing came");
      System.exit(0);
    }
  }

  /** {@code script} is the terminal. COMMAND waits for seconds that follow it. */
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
    String plain = output("\n", "COMMAND 20");
    assertTrue(plain.contains("entered"), plain);
    String kept = output("\n", "COMMAND 20 | cat");
    assertTrue(kept.contains("entered"), kept);
  }

  /** The system stops who reads the keyboard there. */
  @Test
  void inTheBackgroundTheKeyboardIsLeftToOthers() throws Exception {
    Path file = directory.resolve("said");
    String said = output("", "set -m; COMMAND 3 > " + file + " & for tenth in $(seq 300); do grep -q came " + file + " && break; sleep 0.1; done; cat " + file
        + "; kill -KILL %1");
    assertTrue(said.contains("nothing came"), said);
  }

  @Test
  void whatComesFromAFileIsNobodyAtTheKeyboard() throws Exception {
    String said = output("", "COMMAND 3 < /etc/passwd");
    assertTrue(said.contains("nothing came"), said);
  }
}
