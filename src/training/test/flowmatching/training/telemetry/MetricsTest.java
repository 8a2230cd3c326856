package flowmatching.training.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsTest {
  @TempDir Path directory;

  @Test
  void aLogLineIsLeRobots() {
    MetricsWindow window = new MetricsWindow(32, 0, 4690, 50);
    window.add(0.5, 2, 1e-4, 3_000_000_000L, 1_000_000_000L);
    window.add(0.25, 1, 5e-5, 1_000_000_000L, 0);
    TrainingMetrics metrics = window.take(2000);
    assertEquals("step:2K smpl:64K ep:682 epch:13.65 loss:0.375 grdn:1.500 lr:5.0e-05 updt_s:1.500 data_s:0.500 smp/s:16", metrics.toString());
    assertTrue(window.isEmpty());
    window.add(1, 1, 1, 1_000_000_000L, 0);
    assertEquals(1, window.take(2001).loss(), "the window begins anew");
  }

  @Test
  void everyLineIsInTheFileAtOnce() throws IOException {
    MetricsFile file = MetricsFile.open(directory, 0); // not closed: as a killed run leaves it
    file.add(1, metrics(0.5));
    file.add(2, metrics(0.25));
    assertEquals(List.of("{\"step\":1,\"loss\":0.5}", "{\"step\":2,\"loss\":0.25}"), Files.readAllLines(directory.resolve("metrics.jsonl")));
    file.close();
  }

  @Test
  void aResumedRunDropsTheStepsThatItDoesAgainAndATornLine() throws IOException {
    try (MetricsFile file = MetricsFile.open(directory, 0)) {
      file.add(10, metrics(0.5));
      file.add(20, metrics(0.25));
      file.add(30, metrics(0.2));
    }
    Files.writeString(directory.resolve("metrics.jsonl"), "{\"step\":31,\"lo", StandardOpenOption.APPEND);
    try (MetricsFile file = MetricsFile.open(directory, 20)) {
      file.add(30, metrics(0.1));
      List<JsonNode> lines = file.lines();
      assertEquals(List.of(10L, 20L, 30L), lines.stream().map(line -> line.path("step").longValue()).toList());
      assertEquals(0.1, lines.get(2).path("loss").doubleValue());
    }
    assertFalse(Files.readString(directory.resolve("metrics.jsonl")).contains("31"));
  }

  private static ObjectNode metrics(double loss) {
    return JsonNodeFactory.instance.objectNode().put("loss", loss);
  }
}
