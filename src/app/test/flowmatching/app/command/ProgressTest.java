package flowmatching.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import me.tongfei.progressbar.ProgressBar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProgressTest {
  /** Shows a bar until it is told to stop. */
  static final class Command {
    private Command() {}

    public static void main(String[] arguments) throws InterruptedException {
      CountDownLatch stopped = new CountDownLatch(1);
      try (StopSignal signal = new StopSignal(); ProgressBar bar = Progress.bar("demo", 2)) {
        signal.onStop(stopped::countDown);
        bar.step();
        System.out.println("ready");
        stopped.await();
        System.out.println("finished");
      }
    }
  }

  /** {@code script} is the terminal. Ctrl-C ended commands with a bar at once, with nothing saved and nothing cleared away. */
  @Test
  void atATerminalABarLeavesCtrlCToTheCommand() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java") + " -cp '" + System.getProperty("java.class.path") + "' '" + Command.class.getName() + "'";
    Process process = new ProcessBuilder("script", "-qec", "stty cols 60; exec env --default-signal=INT " + java, "/dev/null").redirectErrorStream(true).start();
    BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
    StringBuilder said = new StringBuilder();
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      said.append(line).append('\n');
      if (line.contains("ready")) {
        process.getOutputStream().write(3);
        process.getOutputStream().flush();
      }
    }
    process.waitFor();
    assertTrue(said.toString().contains("finished"), said.toString());
    List<String> bars = Pattern.compile("demo +\\d+% \\[[^\n\u001b]*").matcher(said).results().map(MatchResult::group).toList();
    assertFalse(bars.isEmpty(), said.toString());
    bars.forEach(bar -> assertEquals(59, bar.stripTrailing().length(), 1, said.toString()));
  }

  @Test
  void withoutATerminalTheEndIsSaidOnceHoweverLongClosingTakes() throws InterruptedException {
    List<String> lines = new CopyOnWriteArrayList<>();
    try (ProgressBar bar = Progress.lines("demo", 4, lines::add)) {
      bar.stepBy(4);
      bar.refresh();
      Thread.sleep(1100); // another second is shown
    }
    assertEquals(1, lines.stream().filter(line -> line.startsWith("demo 100%")).count(), lines.toString());
  }

  @Test
  void withoutATerminalEachStateIsAWholeLineAndNoneIsSaidTwice() {
    List<String> lines = new CopyOnWriteArrayList<>();
    try (ProgressBar bar = Progress.lines("demo", 4, lines::add)) {
      bar.stepBy(4);
    }
    assertTrue(lines.size() <= 2, lines.toString());
    String last = lines.get(lines.size() - 1);
    assertTrue(last.startsWith("demo 100%") && last.contains("4/4"), last);
    assertEquals(lines.size(), lines.stream().distinct().count());
    lines.forEach(line -> assertFalse(line.contains("\r"), line));
  }
}
