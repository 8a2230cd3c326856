package flowmatching.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class StopSignalTest {
  private static final String READY = "ready";

  /** A command that runs until it is stopped: {@code node}, {@code task}; {@code deaf} ones do not stop. */
  static final class Command {
    private Command() {}

    public static void main(String[] arguments) throws InterruptedException {
      CountDownLatch stopped = new CountDownLatch(1);
      try (StopSignal signal = arguments[0].endsWith("task") ? new StopSignal(Duration.ofMinutes(10)) : StopSignal.ofNode()) {
        signal.onStop(arguments[0].startsWith("deaf") ? () -> System.out.println("deaf") : stopped::countDown);
        System.out.println(READY);
        stopped.await();
        System.out.println("at rest");
      }
      System.exit(0);
    }
  }

  private static Process start(String kind) throws Exception {
    // What a shell starts in the background ignores SIGINT, and so does what that starts.
    Process process = new ProcessBuilder("env", "--default-signal=INT", Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp", System.getProperty("java.class.path"), Command.class.getName(), kind).redirectErrorStream(true).start();
    assertEquals(READY, process.inputReader().readLine());
    return process;
  }

  private static void send(String signal, Process process) throws Exception {
    assertEquals(0, new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor());
  }

  @ParameterizedTest
  @CsvSource({"node,INT,0", "node,TERM,0", "task,INT,130", "task,TERM,143"})
  void aSignalEndsItInGoodOrder(String kind, String signal, int code) throws Exception {
    Process process = start(kind);
    BufferedReader said = process.inputReader();
    send(signal, process);
    assertEquals("at rest", said.readLine());
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    assertEquals(code, process.exitValue());
  }

  @Test
  void aSecondSignalEndsANodeThatDoesNotStop() throws Exception {
    Process process = start("deaf node");
    send("INT", process);
    assertEquals("deaf", process.inputReader().readLine());
    send("INT", process);
    assertTrue(process.waitFor(8, TimeUnit.SECONDS), "it still waits");
    assertEquals(130, process.exitValue());
  }

  @ParameterizedTest
  @CsvSource({"INT", "TERM"})
  void ctrlCEndsATaskThatIsBusyAfterASignal(String first) throws Exception {
    Process process = start("deaf task");
    send(first, process);
    assertEquals("deaf", process.inputReader().readLine());
    send("TERM", process); // torchrun and schedulers pass it on and send it too
    assertFalse(process.waitFor(2, TimeUnit.SECONDS), "it finishes nothing");
    send("INT", process);
    assertTrue(process.waitFor(40, TimeUnit.SECONDS), "it still waits");
    assertEquals(130, process.exitValue());
  }
}
