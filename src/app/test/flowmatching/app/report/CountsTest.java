package flowmatching.app.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CountsTest {
  @Test
  void whatCountedSomethingComesFirstByNameAndTheRestIsFolded(@TempDir Path directory) throws IOException {
    HtmlReport report = new HtmlReport("title");
    Counts.add(report, Map.of("b.zero", 0L, "c.two", 2L, "a.zero", 0L, "a.one", 1L));
    report.write(directory.resolve("report.html"));
    String page = Files.readString(directory.resolve("report.html"));
    List<Integer> places = List.of("a.one", "c.two", "<details><summary>2 counters are 0", "a.zero", "b.zero", "</details>").stream().map(page::indexOf).toList();
    assertTrue(places.stream().allMatch(place -> place > 0), places.toString());
    assertEquals(places.stream().sorted().toList(), places);
  }
}
