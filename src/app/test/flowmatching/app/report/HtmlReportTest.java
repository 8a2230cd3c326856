package flowmatching.app.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlReportTest {
  private static final String NAME = "<!--<script>\"'&</script> joint";

  @TempDir Path directory;

  @Test
  void namesOfAnyKindAreTextAndNoMarkup() throws IOException {
    Path file = directory.resolve("report.html");
    double[] x = {0, Double.NaN};
    new HtmlReport(NAME).heading(NAME).facts(Map.of(NAME, NAME)).table(List.of(NAME), List.of(List.of(NAME)))
        .charts(List.of(Chart.lines(NAME, NAME, NAME, x).line(NAME, x))).write(file);
    String page = Files.readString(file);
    String data = page.substring(page.indexOf("const charts = ") + 15);
    data = data.substring(0, data.indexOf(";\n"));
    // Within a script "<!--<script>" begins what "</script>" does not end (HTML, script data double escaped state).
    assertFalse(data.contains("<"), data);
    assertEquals(NAME, new ObjectMapper().readTree(data).path(0).path("title").textValue());
    assertTrue(page.contains("<h1>&lt;!--&lt;script&gt;&quot;'&amp;&lt;/script&gt; joint</h1>"), "escaped once");
    assertEquals(2, page.split("<script>", -1).length - 1);
  }

  @Test
  void columnsOfNumbersStandToTheRightWithTheirHeads() throws IOException {
    Path file = directory.resolve("report.html");
    new HtmlReport("report").table(List.of("joint", "ms", "what it is"), List.of(List.of("elbow", "1.5e-03", "an arm's"), List.of("3rd", "-", "4"))).write(file);
    String page = Files.readString(file);
    assertTrue(page.contains("<th>joint</th><th class=\"number\">ms</th><th>what it is</th>"), page);
    assertTrue(page.contains("<td>3rd</td><td class=\"number\">-</td><td>4</td>"), page);
  }
}
