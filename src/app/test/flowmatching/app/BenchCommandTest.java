package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import flowmatching.Python;
import flowmatching.TestData;
import flowmatching.app.CommandLines.Outcome;
import flowmatching.runtime.Runtimes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bench} as a user types it, on a network that is small. */
class BenchCommandTest {
  private static final String MODEL = TestData.path("golden_models/b_small_one_camera").toString();

  @TempDir Path directory;

  private static JsonNode json(Outcome outcome) throws IOException {
    assertEquals(0, outcome.code(), outcome.err());
    return new ObjectMapper().readTree(outcome.out());
  }

  @Test
  void runtimesAreMeasuredTogetherWithTheirErrorsAndMemory() throws IOException {
    JsonNode bench = json(CommandLines.run("bench", MODEL, "--runtime=onnxruntime,onnxruntime-int8", "--runs=4", "--threads=1", "--json"));
    assertEquals(List.of("onnxruntime", "onnxruntime-int8"), names(bench));
    for (JsonNode row : bench.path("rows")) {
      assertTrue(row.path("chunk_min_ms").doubleValue() > 0, row.toString());
      assertTrue(row.path("chunk_min_ms").doubleValue() <= row.path("chunk_ms").doubleValue(), row.toString());
      assertTrue(row.path("chunk_ms").doubleValue() <= row.path("chunk_p90_ms").doubleValue(), row.toString());
      assertTrue(row.path("first_chunk_ms").doubleValue() > 0 && row.path("peak_resident_mib").doubleValue() > 10, row.toString());
      assertTrue(row.path("roofline_ms").doubleValue() > 0, row.toString());
      for (String part : List.of("vision_ms", "conditioning_ms", "velocity_ms", "observation_ms")) {
        assertTrue(row.path(part).doubleValue() > 0, part + " in " + row);
      }
    }
    JsonNode exact = bench.path("rows").get(0);
    assertEquals(1, exact.path("ratio").doubleValue());
    assertEquals(0, exact.path("relative_error").doubleValue());
    double error = bench.path("rows").get(1).path("relative_error").doubleValue();
    assertTrue(error > 1e-5 && error < 0.1, "relative error of 8 bits: " + error);
    assertTrue(bench.path("gflop_per_chunk").doubleValue() > 0 && bench.path("float32_gflops").doubleValue() > 0, bench.toString());
    boolean bfloat16 = Runtimes.all().stream().anyMatch(runtime -> runtime.name().equals("onednn-bf16") && runtime.probe().usable());
    assertEquals(bfloat16, bench.path("bfloat16_gflops").doubleValue() > 0, bench.toString());
  }

  @Test
  void eachRuntimeThatTookPartPlaysTheSameEpisodes() throws IOException {
    Path report = directory.resolve("bench.html");
    JsonNode bench = json(CommandLines.run("bench", TestData.home().resolve("models/demo").toString(), "--runtime=onnxruntime,onnxruntime-int8,tensorrt",
        "--episodes=3", "--runs=1", "--threads=1", "--report=" + report, "--json"));
    List<String> played = new ArrayList<>();
    bench.path("success").fieldNames().forEachRemaining(played::add);
    assertEquals(StreamSupport.stream(bench.path("rows").spliterator(), false).filter(row -> !row.has("absent")).map(row -> row.path("name").textValue()).toList(), played);
    for (JsonNode rate : bench.path("success")) {
      assertEquals(3, rate.path("episodes").intValue());
      assertTrue(rate.path("successes").intValue() >= 2, rate.toString());
    }
    assertTrue(Files.readString(report).contains("Closed loop"));
    assertTrue(json(CommandLines.run("bench", MODEL, "--runtime=onnxruntime", "--runs=1", "--threads=1", "--json")).path("success").isMissingNode());
  }

  @Test
  void episodesThatCannotBePlayedAreRefusedBeforeAnythingIsMeasured() {
    String demo = TestData.home().resolve("models/demo").toString();
    assertEquals("error: --episodes: expected at least 1, found 0", CommandLines.run("bench", demo, "--episodes=0").err().strip());
    assertEquals("error: --task: expected --episodes beside it, found nothing", CommandLines.run("bench", demo, "--task=push").err().strip());
    assertTrue(CommandLines.run("bench", MODEL + "/config.json", "--episodes=2").err().startsWith("error: --episodes: expected a checkpoint, found a configuration"));
    String nowhere = CommandLines.run("bench", "nowhere").err();
    assertEquals(nowhere, CommandLines.run("bench", "nowhere", "--episodes=2").err(), "of a place where nothing is, that is said");
    assertTrue(CommandLines.run("bench", demo, "--episodes=2", "--task=fly").err().startsWith("error: --task: "), "of a task that is none");
    Outcome other = CommandLines.run("bench", MODEL, "--episodes=2", "--runs=1", "--threads=1", "--runtime=onnxruntime");
    assertTrue(other.code() == 2 && !other.err().contains("\tat "), other.err());
  }

  /** A network that follows it is taken for the size. */
  @Test
  void aBundleOfPiecesOfNoSizeIsRefusedUnderTheFlagsOwnName() {
    for (String size : List.of("models/demo", "", "0M", "-5M")) {
      Outcome outcome = CommandLines.run("bench", "--gpu-bundle=" + size);
      assertEquals(2, outcome.code());
      assertEquals("error: --gpu-bundle: expected a size as `split -b` takes it, as 60M, found '" + size + "'", outcome.err().strip());
    }
  }

  @Test
  void aBundleTakesNoNetworkAndNoFlag() {
    for (String beside : List.of(MODEL, "--runs=3")) {
      Outcome outcome = CommandLines.run("bench", beside, "--gpu-bundle");
      assertEquals(2, outcome.code());
      assertTrue(outcome.err().contains("--gpu-bundle: expected nothing beside it"), outcome.err());
    }
  }

  @Test
  void pyTorchOnTheSameInputsGivesTheSameChunk() throws IOException, InterruptedException {
    Python.assumeModule("torch", "safetensors");
    JsonNode bench = json(CommandLines.run("bench", MODEL, "--runtime=onnxruntime", "--peers=pytorch", "--runs=1", "--threads=1", "--json"));
    assertEquals(List.of("onnxruntime", "pytorch"), names(bench));
    JsonNode ours = bench.path("rows").get(0);
    assertTrue(ours.path("relative_error").doubleValue() < 1e-5, bench.toString());
    assertEquals(1, bench.path("rows").get(1).path("ratio").doubleValue());
    assertTrue(bench.path("rows").get(1).path("velocity_ms").isMissingNode(), "peers tell no parts");
  }

  @Test
  void growthVariesEachSizeAndTheReportShowsIt() throws IOException {
    Path report = directory.resolve("bench.html");
    JsonNode bench = json(CommandLines.run(
        "bench", MODEL + "/config.json", "--growth", "--runtime=onnxruntime", "--runs=1", "--threads=1", "--report=" + report, "--json"));
    JsonNode growth = bench.path("growth");
    assertEquals(4, growth.path("cameras").size());
    for (String size : List.of("cameras", "num_steps", "n_action_steps", "hidden_dim")) {
      double before = 0;
      for (JsonNode point : growth.path(size)) {
        assertTrue(point.path("gflop").doubleValue() > before, "operations grow with " + size + ": " + growth.path(size));
        assertTrue(point.path("chunk_ms").path("onnxruntime").doubleValue() > 0, point.toString());
        before = point.path("gflop").doubleValue();
      }
    }
    String html = Files.readString(report);
    assertTrue(html.contains("chunk by num_steps") && html.contains("random weights"), "the page has the charts");
    assertFalse(html.contains("src=\"http"), "nothing is fetched");
  }

  @Test
  void namesThatNobodyHasAreRefusedWithThoseThatAre() {
    Outcome runtime = CommandLines.run("bench", MODEL, "--runtime=onnxruntime,nothing");
    assertEquals(2, runtime.code());
    assertTrue(runtime.err().contains("'nothing'") && runtime.err().contains("onnxruntime-int8"), runtime.err());
    Outcome peer = CommandLines.run("bench", MODEL, "--peers=jax");
    assertEquals(2, peer.code());
    assertTrue(peer.err().contains("'jax'") && peer.err().contains("openvino-int8"), peer.err());
    assertEquals(2, CommandLines.run("bench", MODEL, "--runs=0").code());
    Outcome dataset = CommandLines.run("bench", MODEL, "--runs=1", "--threads=1", "--dataset.root=no/such", "--peers=jax");
    assertTrue(dataset.err().startsWith("error: no/such: expected a data set's directory"), "refused before it measures: " + dataset.err());
    assertEquals(2, CommandLines.run("bench", MODEL, "--control=1", "--runtime=all").code());
    assertTrue(CommandLines.run("bench", MODEL, "--control=0", "--runs=1", "--threads=1").err().startsWith("error: --control: expected at least 1 second, found 0"), "refused before it measures");
  }

  @Test
  void theTableHasALineForEach() {
    Outcome outcome = CommandLines.run("bench", MODEL, "--runs=1", "--threads=1", "--runtime=auto");
    assertEquals(0, outcome.code(), outcome.err());
    List<String> lines = outcome.out().lines().toList();
    assertTrue(lines.get(0).startsWith("chunk ") && lines.get(0).contains("p90 ms") && lines.get(0).contains("roofline ms"), outcome.out());
    assertTrue(lines.get(1).startsWith("auto ") && lines.get(1).contains("1 thread"), outcome.out());
    assertTrue(outcome.out().contains("parts, medians") && outcome.out().contains("GFLOP/s in float32"), outcome.out());
  }

  private static List<String> names(JsonNode bench) {
    return StreamSupport.stream(bench.path("rows").spliterator(), false).map(row -> row.path("name").textValue()).toList();
  }
}
