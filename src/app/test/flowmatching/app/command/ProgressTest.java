package flowmatching.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import me.tongfei.progressbar.ProgressBar;
import org.junit.jupiter.api.Test;

class ProgressTest {
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
