package flowmatching.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RepositoryCardTest {
  private static JsonNode header(String card) throws IOException {
    assertTrue(card.startsWith("---\n"), card);
    return new YAMLMapper().readTree(card.substring(4, card.indexOf("\n---\n", 4) + 1));
  }

  @Test
  void aModelsHeaderHasTheKeysByWhichTheHubFilesIt() throws IOException {
    JsonNode header = header(RepositoryCard.model("user/name", "apache-2.0", List.of("so101", "robotics"), List.of("user/data")).text());
    assertEquals("""
        {"license":"apache-2.0","tags":["robotics","lerobot","flowmatching","so101"],"library_name":"lerobot","pipeline_tag":"robotics",\
        "model_name":"flowmatching","datasets":["user/data"]}""", header.toString());
  }

  @Test
  void aDataSetsHeaderSaysWhereItsTablesAre() throws IOException {
    JsonNode header = header(RepositoryCard.dataset("user/data", "mit", List.of("arm")).text());
    assertEquals(List.of("LeRobot", "arm"), List.of(header.at("/tags/0").asText(), header.at("/tags/1").asText()));
    assertEquals("data/*/*.parquet", header.at("/configs/0/data_files").asText());
    assertEquals("robotics", header.at("/task_categories/0").asText());
  }

  @Test
  void wordsThatMeanSomethingInYamlStayWords() throws IOException {
    JsonNode header = header(RepositoryCard.model("user/name", "no", List.of("a: b", "- c", "1.0", "x\ny"), List.of()).text());
    assertEquals("no", header.path("license").textValue());
    assertEquals(List.of("a: b", "- c", "1.0", "x\ny"), List.of(
        header.at("/tags/3").textValue(), header.at("/tags/4").textValue(), header.at("/tags/5").textValue(), header.at("/tags/6").textValue()));
  }

  @Test
  void aTableIsMarkdown() {
    Map<String, Object> rows = new LinkedHashMap<>();
    rows.put("steps", 100);
    rows.put("a|b", "c\nd");
    String card = RepositoryCard.model("user/name", "mit", List.of(), List.of()).table("Training", rows).text();
    assertTrue(card.endsWith("\n## Training\n\n| | |\n|---|---|\n| steps | 100 |\n| a\\|b | c d |\n"), card);
  }
}
