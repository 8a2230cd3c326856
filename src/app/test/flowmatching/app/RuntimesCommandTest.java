package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.TestData;
import flowmatching.app.CommandLines.Outcome;
import flowmatching.checkpoint.JsonFile;
import flowmatching.runtime.RuntimeProvider;
import flowmatching.runtime.Runtimes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RuntimesCommandTest {
  private static final Path CHECKPOINT = TestData.path("golden_checkpoint/checkpoints/000003/pretrained_model");
  private static final String POLICY = "--policy.path=" + CHECKPOINT;
  private static final String DATASET = "--dataset.root=" + TestData.path("datasets/reach_v30_image");

  @TempDir Path directory;

  /** The golden checkpoint is too narrow for that: no weight of it has two sides of 64. */
  private Path policyWithProductsInEightBits() throws IOException {
    ObjectNode config = JsonFile.read(CHECKPOINT.resolve("config.json"));
    config.put("hidden_dim", 64);
    Path file = directory.resolve("config.json");
    Files.writeString(file, config.toString());
    Path made = directory.resolve("made");
    assertEquals(0, CommandLines.run("new", file.toString(), made.toString(), DATASET).code());
    return made;
  }

  private static String line(Outcome outcome, String runtime) {
    return outcome.out().lines().filter(each -> each.startsWith(runtime + " ")).findFirst().orElseThrow(() -> new AssertionError(outcome.err()));
  }

  @Test
  void eachRuntimeIsTriedOnRecordedObservationsOrSaysWhyNot() {
    Outcome outcome = CommandLines.run("runtimes", POLICY, DATASET, "--observations=3", "--threads=1");
    assertEquals(0, outcome.code(), outcome.err());
    for (RuntimeProvider provider : Runtimes.all()) {
      String line = line(outcome, provider.name());
      String wanted = provider.probe().usable() ? "\\S+ +\\d+\\.\\d +\\d\\.\\de[-+]\\d+ +\\d\\.\\de[-+]\\d+" : "\\S+ +no: .+";
      assertTrue(line.matches(wanted), line);
    }
  }

  /** No other computes float32's chunks to the last bit. */
  @Test
  void theFastestIsSoughtAmongThoseThatAreExactEnough() throws IOException {
    Outcome outcome = CommandLines.run("runtimes", "--policy.path=" + policyWithProductsInEightBits(), DATASET, "--observations=2", "--tolerance=0");
    double error = Double.parseDouble(line(outcome, "onnxruntime-int8").split(" +")[2]);
    assertTrue(error > 1e-5 && error < 0.1, outcome.out());
    assertTrue(outcome.out().contains("error of at most 0.0: --runtime=onnxruntime,"), outcome.out() + outcome.err());
  }

  @Test
  void figuresAreWrittenAlikeInEveryLanguage() {
    Locale usual = Locale.getDefault();
    Locale.setDefault(Locale.GERMANY);
    try {
      String line = line(CommandLines.run("runtimes", POLICY, DATASET, "--observations=1", "--threads=1"), "onnxruntime");
      assertTrue(line.matches("onnxruntime +\\d+\\.\\d +0\\.0e\\+00 +0\\.0e\\+00"), line);
    } finally {
      Locale.setDefault(usual);
    }
  }

  @Test
  void aPolicyWithoutStatisticsIsTriedWithoutThemWhereThatIsAskedFor() throws IOException {
    for (String name : List.of("config.json", "model.safetensors")) {
      Files.copy(CHECKPOINT.resolve(name), directory.resolve(name));
    }
    String[] line = {"runtimes", "--policy.path=" + directory, DATASET, "--observations=1", "--threads=1", "--normalization=none"};
    assertTrue(CommandLines.run(Arrays.copyOf(line, line.length - 1)).err().contains("say --normalization=none"));
    Outcome outcome = CommandLines.run(line);
    assertEquals(0, outcome.code(), outcome.err());
    line[line.length - 1] = "--normalization=maybe";
    assertTrue(CommandLines.run(line).err().contains("'maybe'"));
  }

  @Test
  void aDataSetWithoutFramesIsRefused() throws IOException {
    Path meta = Files.createDirectories(directory.resolve("meta"));
    Path recorded = TestData.path("datasets/reach_v21_video/meta");
    Files.copy(recorded.resolve("tasks.jsonl"), meta.resolve("tasks.jsonl"));
    Files.createFile(meta.resolve("episodes.jsonl"));
    Files.createFile(meta.resolve("episodes_stats.jsonl"));
    ObjectNode info = JsonFile.read(recorded.resolve("info.json"));
    Files.writeString(meta.resolve("info.json"), info.put("total_episodes", 0).put("total_frames", 0).toString());
    Outcome outcome = CommandLines.run("runtimes", POLICY, "--dataset.root=" + directory);
    assertEquals("error: " + directory + ": expected recorded frames, found none\n", outcome.err());
    assertEquals(2, outcome.code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--observations=8", "--tolerance=0.1", "--threads=1", "--normalization=none", "--dataset.revision=main"})
  void aFlagThatListingHasNoUseForIsRefused(String flag) {
    Outcome outcome = CommandLines.run("runtimes", flag);
    assertEquals(2, outcome.code(), outcome.out());
    assertTrue(outcome.err().startsWith("error: " + flag.split("=")[0] + ": expected --policy.path and a data set beside it"), outcome.err());
  }

  @Test
  void theFastestOfThoseWithinTheToleranceIsNamed() {
    RuntimeTrial exact = new RuntimeTrial("exact", null, 100, 0, 0);
    RuntimeTrial quick = new RuntimeTrial("quick", null, 20, 0.008, 0.02);
    RuntimeTrial wrong = new RuntimeTrial("wrong", null, 1, 0.5, 0.9);
    RuntimeTrial absent = new RuntimeTrial("absent", "it has no driver", Double.NaN, Double.NaN, Double.NaN);
    List<RuntimeTrial> trials = List.of(exact, wrong, quick, absent);
    assertEquals(Optional.of(quick), RuntimeTrial.fastest(trials, 0.01));
    assertEquals(Optional.of(exact), RuntimeTrial.fastest(trials, 0.001));
    assertEquals(Optional.empty(), RuntimeTrial.fastest(List.of(wrong, absent), 0.01));
  }

  @Test
  void aDataSetAloneOrNothingToTryIsRefused() {
    assertTrue(CommandLines.run("runtimes", DATASET).err().startsWith("error: --policy.path: expected a checkpoint"));
    assertTrue(CommandLines.run("runtimes", POLICY).err().startsWith("error: --dataset.root or --dataset.repo_id: expected a data set"));
    assertTrue(CommandLines.run("runtimes", POLICY, DATASET, "--observations=0").err().startsWith("error: --observations"));
  }
}
