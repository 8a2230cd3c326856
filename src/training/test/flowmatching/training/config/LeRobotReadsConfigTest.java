package flowmatching.training.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.Python;
import flowmatching.TestData;
import flowmatching.checkpoint.JsonFile;
import flowmatching.dataset.DatasetInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real lerobot against the flags and against what is written. */
class LeRobotReadsConfigTest {
  private static final String SCRIPT = "src/testdata/tools/read_train_config.py";
  private static final Path DATASET = TestData.path("datasets/reach_v30_image");

  /** Defaults that are this policy's own, or that the preset gives. */
  private static final Map<String, String> OTHERS = Map.of(
      "batch_size", "8", "dataset.repo_id", "\"x\"", "policy.type", "", "optimizer.type", "\"adamw\"", "optimizer.lr", "0.001",
      "optimizer.weight_decay", "0.01", "optimizer.grad_clip_norm", "10.0", "optimizer.betas", "[0.9,0.999]", "optimizer.eps", "1.0E-8");

  @TempDir Path directory;

  @BeforeAll
  static void leRobotIsThere() throws IOException, InterruptedException {
    Python.assumeModule("lerobot.configs.train");
  }

  @Test
  void everyFlagOutsideThePolicyIsLeRobotsWithItsDefault() throws IOException, InterruptedException {
    JsonNode theirs = lastLine(Python.run(SCRIPT, "--defaults"));
    for (TrainingFlag flag : TrainingFlags.ALL.values()) {
      if (!flag.inFile() || flag.name().startsWith(PolicyBlock.PREFIX) || flag.name().startsWith("scheduler.")) {
        continue;
      }
      JsonNode value = theirs.at("/" + flag.name().replace('.', '/'));
      assertTrue(!value.isMissingNode(), flag.name() + " is not LeRobot's");
      String ours = OTHERS.getOrDefault(flag.name(), flag.absent() == null ? "null" : flag.absent().toString());
      assertEquals(ours, value.toString(), flag.name());
    }
  }

  @Test
  void leRobotReadsWhatIsWrittenAndTakesEveryValue() throws IOException, InterruptedException {
    TrainingConfig config = TrainingConfigTest.read(
        "--dataset.root=" + DATASET, "--dataset.episodes=[0,2]", "--dataset.eval_split=0.25", "--eval_freq=10", "--policy.repo_id=me/it", "--policy.device=cpu",
        "--policy.ema_decay=0.99", "--policy.optimizer_lr_backbone=1e-5", "--wandb.enable=true", "--output_dir=out", "--rename_map={}", "--seed=3",
        "--dataset.image_transforms.enable=true",
        "--dataset.image_transforms.tfs={\"shift\":{\"weight\":1.0,\"type\":\"RandomCrop\",\"kwargs\":{\"size\":[96,96],\"padding\":4}}}");
    check(config);
    check(TrainingConfigTest.read("--dataset.root=" + DATASET, "--scheduler.type=constant_with_warmup", "--policy.device=cpu"));
  }

  private void check(TrainingConfig config) throws IOException, InterruptedException {
    ObjectNode written = config.toJson(config.policyFor(DatasetInfo.read(DATASET)));
    Path file = directory.resolve("train_config.json");
    JsonFile.write(file, written);
    same("", written, lastLine(Python.run(SCRIPT, file.toString())));
    assertEquals(77, lastLine(Python.run(SCRIPT, file.toString(), "--steps=77")).path("steps").intValue());
  }

  private static void same(String name, JsonNode ours, JsonNode theirs) {
    if (ours.isObject()) {
      ours.properties().forEach(entry -> same(name + "." + entry.getKey(), entry.getValue(), theirs.path(entry.getKey())));
    } else if (ours.isNumber()) {
      assertEquals(ours.doubleValue(), theirs.doubleValue(), name);
    } else {
      assertEquals(ours, theirs, name);
    }
  }

  private static JsonNode lastLine(String output) throws IOException {
    return new ObjectMapper().readTree(output.lines().filter(line -> line.startsWith("{")).reduce((a, b) -> b).orElseThrow());
  }
}
