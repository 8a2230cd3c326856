package flowmatching.training.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.checkpoint.JsonFile;
import flowmatching.dataset.DatasetInfo;
import flowmatching.dataset.Episode;
import flowmatching.model.FlowMatchingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingConfigTest {
  private static final Path CHECKPOINT = TestData.path("golden_checkpoint/checkpoints/000003");
  private static final String DATASET = TestData.path("datasets/reach_v30_image").toString();

  private static final String VIT = "--policy.vit={\"patch_size\":8,\"num_layers\":2,\"num_heads\":3,\"mlp_dim\":48}";

  @TempDir Path directory;

  @Test
  void withoutFlagsItIsLeRobotsRunWithThisPolicysBatchAndLearningRate() {
    TrainingConfig config = read("--dataset.root=" + DATASET);
    assertEquals(32, config.batchSize());
    assertEquals(100_000, config.steps());
    assertEquals(1000, config.seed());
    assertEquals("reach_v30_image", config.datasetId().orElseThrow());
    JsonNode json = config.toJson(config.policyFor(info()));
    assertEquals(1e-4, json.at("/optimizer/lr").doubleValue());
    assertEquals("cosine_decay_with_warmup", json.at("/scheduler/type").textValue());
    assertEquals(100_000, json.at("/scheduler/num_decay_steps").intValue());
    assertEquals(2.5e-6, json.at("/scheduler/decay_lr").doubleValue(), 1e-12);
    assertTrue(config.outputDirectory().toString().matches("outputs/train/\\d{4}-\\d\\d-\\d\\d/\\d\\d-\\d\\d-\\d\\d_flowmatching"), config.outputDirectory().toString());
  }

  @Test
  void aNewPolicyFitsTheDataSetAndTakesFlags() {
    FlowMatchingConfig policy = read(
        "--dataset.root=" + DATASET, "--policy.hidden_dim=64", "--policy.n_action_steps=12", "--policy.image_size=[32,48]", "--policy.vit_embed_dim=24",
        VIT, "--policy.dropout=0", "--policy.ema_decay=0.99").policyFor(info());
    assertEquals(List.of("observation.images.top", "observation.images.side"), policy.cameras().stream().map(f -> f.key()).toList());
    assertEquals(7, policy.maxActionDim());
    assertEquals(12, policy.chunkLength());
    assertEquals(48, policy.imageWidth());
    assertEquals(0, policy.dropout());
    assertTrue(policy.sinusoidalStepEncoding());
    assertEquals(10, policy.fps().orElseThrow());
    assertEquals(List.of(), policy.unknownKeys());
    assertEquals(0.99, policy.toJson().path("ema_decay").doubleValue());
  }

  @Test
  void truthValuesMayBeWrittenAsInPython() {
    JsonNode json = read("--dataset.root=" + DATASET, "--wandb.enable=True", "--save_checkpoint=False").toJson(read("--dataset.root=" + DATASET).policyFor(info()));
    assertTrue(json.at("/wandb/enable").booleanValue());
    assertFalse(json.at("/save_checkpoint").booleanValue());
  }

  @Test
  void aNewPolicyMaySeeSomeOfTheCameras() {
    FlowMatchingConfig policy = read(
        "--dataset.root=" + DATASET, "--policy.input_features={\"observation.images.side\": {\"type\": \"VISUAL\", \"shape\": [3, 96, 128]}}").policyFor(info());
    assertEquals(1, policy.inputs().size());
    assertTrue(policy.patchTokens(), "the rest is that of a new policy");
  }

  @Test
  void aPolicyThatIsTrainedFurtherKeepsWhatItIsButNotItsRun() throws IOException {
    Path other = directory.resolve("other");
    Files.createDirectories(other);
    ObjectNode json = JsonFile.read(CHECKPOINT.resolve("pretrained_model/config.json"));
    JsonFile.write(other.resolve("config.json"), json.put("repo_id", "somebody/else").put("push_to_hub", true).put("optimizer_lr", 3e-5));
    TrainingConfig config = read("--dataset.root=" + DATASET, "--policy.path=" + other, "--policy.num_steps=4", "--rename_map={\"observation.images.front\":\"observation.images.top\"}");
    FlowMatchingConfig policy = config.policyFor(info());
    assertEquals(other, config.pretrained().orElseThrow());
    assertFalse(policy.sinusoidalStepEncoding(), "an absent key is the original's");
    assertEquals(4, policy.numSteps());
    assertEquals(10, policy.fps().orElseThrow());
    assertEquals(Optional.empty(), config.hubId());
    assertEquals(Map.of("observation.images.front", "observation.images.top"), config.renames());
    ObjectNode written = config.toJson(policy);
    assertEquals(other.toString(), written.at("/policy/pretrained_path").textValue());
    assertEquals(3e-5, written.at("/optimizer/lr").doubleValue(), "its own preset");
  }

  @Test
  void aPolicyIsTrainedAtTheRateOfItsDataSetOnly() throws IOException {
    Path fast = directory.resolve("fast");
    Files.createDirectories(fast);
    JsonFile.write(fast.resolve("config.json"), JsonFile.read(CHECKPOINT.resolve("pretrained_model/config.json")).put("fps", 50));
    TrainingConfig config = read("--dataset.root=" + DATASET, "--policy.path=" + fast);
    BadInputException e = assertThrows(BadInputException.class, () -> config.policyFor(info()));
    assertTrue(e.getMessage().startsWith("--policy.fps: expected the data set's 10.0 actions a second, found 50.0"), e.getMessage());
    assertEquals(10, read("--dataset.root=" + DATASET, "--policy.path=" + fast, "--policy.fps=10").policyFor(info()).fps().orElseThrow());
    TrainingConfig begun = read("--dataset.root=" + DATASET, "--policy.fps=50");
    assertEquals("--policy.fps: expected the data set's 10.0 actions a second, found 50.0",
        assertThrows(BadInputException.class, () -> begun.policyFor(info())).getMessage(), "a new one neither");
  }

  @Test
  void aPolicyThatIsTrainedFurtherHasThePictureSizesOfItsNewDataSet() throws IOException {
    Path small = directory.resolve("small");
    Files.createDirectories(small);
    ObjectNode json = JsonFile.read(CHECKPOINT.resolve("pretrained_model/config.json"));
    ObjectNode features = json.withObject("input_features");
    features.remove(List.of("observation.images.top", "observation.images.side"));
    features.putObject("observation.images.wrist").put("type", "VISUAL").putArray("shape").add(3).add(48).add(64);
    JsonFile.write(small.resolve("config.json"), json);
    FlowMatchingConfig policy = read(
        "--dataset.root=" + DATASET, "--policy.path=" + small, "--rename_map={\"observation.images.side\":\"observation.images.wrist\"}").policyFor(info());
    assertEquals(List.of(3, 96, 128), policy.cameras().get(0).shape(), "a robot resizes its pictures to it, and shall see what training saw");
  }

  @Test
  void leRobotsFileIsReadWithWhatItSaysAndTheRestIsNamed() {
    TrainingConfig config = read("--config_path=" + CHECKPOINT.resolve("pretrained_model/train_config.json"), "--steps=200", VIT);
    assertEquals(4, config.batchSize());
    assertEquals(200, config.steps());
    assertEquals("local/reach_v30_image", config.datasetId().orElseThrow());
    assertTrue(config.ignored().contains("prefetch_factor"), config.ignored().toString());
    assertEquals(Optional.empty(), config.checkpoint());
    ObjectNode json = config.toJson(config.policyFor(info()));
    assertEquals(5, json.at("/scheduler/num_warmup_steps").intValue());
    assertEquals("vit_tiny_test", json.at("/policy/vision_backbone").textValue());
    assertEquals("ViT_B_16_Weights", json.at("/policy/vision_backbone_weights").textValue(), "keys that mean nothing here are kept");
  }

  @Test
  void aRunIsResumedFromItsFileItsCheckpointOrItsDirectory() throws IOException {
    for (Path path : List.of(CHECKPOINT.resolve("pretrained_model/train_config.json"), CHECKPOINT.resolve("pretrained_model"), CHECKPOINT)) {
      TrainingConfig config = read("--resume=true", "--config_path=" + path, "--steps=9", "--log_freq", "1");
      assertEquals(CHECKPOINT, config.checkpoint().orElseThrow());
      assertEquals(9, config.steps());
      assertEquals(4, config.batchSize());
      assertEquals(Path.of("outputs/train/flowmatching_tiny"), config.outputDirectory());
      assertEquals(Optional.empty(), config.pretrained());
      assertEquals(8, config.policyFor(info()).backbone().patchSize(), "config.json says what the weights are");
    }
    Files.createDirectories(directory.resolve("checkpoints"));
    Files.createSymbolicLink(directory.resolve("checkpoints/last"), CHECKPOINT);
    TrainingConfig last = read("--resume=true", "--output_dir=" + directory);
    assertEquals(CHECKPOINT, last.checkpoint().orElseThrow());
    assertEquals(directory, last.outputDirectory());
  }

  @Test
  void whatIsWrittenIsReadAgainAsTheSame() throws IOException {
    TrainingConfig config = read(
        "--dataset.root=" + DATASET, "--dataset.episodes=[0,2,5]", "--dataset.eval_split=0.25", "--eval_freq=10", "--policy.optimizer_lr=0.0005",
        "--scheduler.type=constant_with_warmup", "--wandb.enable=true", "--wandb.run_id=abc", "--policy.tags=[a,\"b\"]", "--policy.repo_id=me/it", "--output_dir=out");
    ObjectNode first = config.toJson(config.policyFor(info()));
    Path file = directory.resolve("train_config.json");
    JsonFile.write(file, first);
    TrainingConfig again = read("--config_path=" + file, "--wandb.run_id=abc");
    assertEquals(first, again.toJson(again.policyFor(info())));
    assertEquals(List.of(), again.ignored());
    assertEquals(List.of(0, 2, 5), again.episodes());
    assertEquals(Optional.of("me/it"), again.hubId());
    assertEquals("[\"a\",\"b\"]", first.at("/policy/tags").toString());
    assertTrue(again.evaluatesAfter(20) && !again.evaluatesAfter(21));
  }

  @Test
  void aNewRunWithTheValuesOfAnotherIsNotThatOneAtWandb() throws IOException {
    Path model = Files.createDirectories(directory.resolve("000003/pretrained_model"));
    Files.copy(CHECKPOINT.resolve("pretrained_model/config.json"), model.resolve("config.json"));
    ObjectNode json = JsonFile.read(CHECKPOINT.resolve("pretrained_model/train_config.json"));
    json.withObject("wandb").put("enable", true).put("run_id", "abc").put("project", "robots");
    JsonFile.write(model.resolve("train_config.json"), json);
    WandbSettings begun = read("--config_path=" + model, VIT).wandb();
    assertEquals(Optional.empty(), begun.runId());
    assertEquals("robots", begun.project());
    assertEquals(Optional.of("abc"), read("--resume=true", "--config_path=" + model).wandb().runId());
  }

  @Test
  void aCheckpointIsDueAtItsStepsAndAtTheEnd() {
    TrainingConfig config = read("--dataset.root=" + DATASET, "--steps=25", "--save_freq=10");
    assertEquals(List.of(10L, 20L, 25L), LongStream.rangeClosed(1, 25).filter(config::savesAfter).boxed().toList());
    assertFalse(read("--dataset.root=" + DATASET, "--steps=25", "--save_checkpoint=false").savesAfter(25));
    assertTrue(read("--dataset.root=" + DATASET, "--steps=25", "--save_freq=0").savesAfter(25));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      --batch_size=many             | --batch_size: expected a whole number from 1 to 1048576, found 'many'
      --batch_size=0                | --batch_size: expected a whole number from 1
      --wandb.enable=yes            | --wandb.enable: expected true or false, found 'yes'
      --dataset.episodes=[0,x]      | --dataset.episodes: expected whole numbers, as [0,1,2], found '[0,x]'
      --dataset.episodes=[0,0]      | --dataset.episodes: expected numbers from 0, each once
      --policy.type=act             | --policy.type: expected flowmatching, found 'act'
      --policy.device=mps           | --policy.device: expected cpu, cuda or cuda:N, found mps
      --policy.push_to_hub=true     | --policy.push_to_hub: expected --policy.repo_id beside it
      --policy.repo_id=trained      | --policy.repo_id: expected a name on the hub, user/name, found trained
      --policy.hidden_dimm=64       | --policy.hidden_dimm: unknown; the nearest flag is --policy.hidden_dim
      --sedd=3                      | --sedd: unknown; the nearest flag is --seed
      --env.type=pusht              | --env.type: there is no simulator in the trainer
      --peft.r=16                   | --peft.r: adapters are not supported
      --dataset.streaming=true      | --dataset.streaming: a data set is downloaded whole
      --eval_steps=5                | --eval_steps: expected --dataset.eval_split above 0 beside it
      --optimizer.betas=[0.9]       | --optimizer.betas: expected two numbers from 0 to below 1
      --optimizer.lr=0              | --optimizer.lr: expected a number above 0
      --optimizer.lr=inf            | --optimizer.lr: expected a number
      --policy.optimizer_lr_backbone=1 | --policy.optimizer_lr_backbone: expected at most 100 times --optimizer.lr, found 1.0
      --optimizer.type=sgd          | --optimizer.type: expected adamw, found 'sgd'
      --use_policy_training_preset=false | --optimizer.type: must be given
      --rename_map={"a":"b"}        | --rename_map: expected --policy.path beside it
      --rename_map={"a":1}          | --rename_map: expected
      --dataset.image_transforms.tfs=[] | --dataset.image_transforms.tfs: expected a JSON object, found '[]'
      --resume=true                 | --resume: expected --config_path or --output_dir beside it
      --config_path=no/such         | --config_path: expected a train_config.json, a checkpoint or a run's directory, found nothing
      """)
  void whatCannotBeMeantIsRefusedWithItsReason(String flag, String message) {
    BadInputException e = assertThrows(BadInputException.class, () -> read("--dataset.root=" + DATASET, flag));
    assertTrue(e.getMessage().startsWith(message), e.getMessage());
  }

  @Test
  void aFilesWrongValueIsRefusedWithTheFilesName() throws IOException {
    ObjectNode json = JsonFile.read(CHECKPOINT.resolve("pretrained_model/train_config.json"));
    Path file = directory.resolve("train_config.json");
    JsonFile.write(file, json.deepCopy().put("steps", "many"));
    assertEquals(file + ": steps: expected a whole number of at least 1, found '\"many\"'", refused("--config_path=" + file));
    JsonFile.write(file, json.deepCopy().set("peft", json.objectNode().put("r", 16)));
    assertTrue(refused("--config_path=" + file).startsWith(file + ": peft: expected nothing, because adapters"), "what would change the weights");
    assertTrue(refused("--config_path=" + file.resolveSibling("none.yaml")).contains("found nothing"));
  }

  @Test
  void theLastEpisodesOfEachTaskAreHeldBack() {
    List<Episode> episodes = List.of(episode(0, "push"), episode(1, "pull"), episode(2, "push"), episode(3, "push"), episode(4, "pull"));
    assertEquals(new EpisodeSplit(List.of(0, 1), List.of(2, 3, 4)), EpisodeSplit.of(episodes, 0.4));
    assertEquals(new EpisodeSplit(List.of(0, 1, 2, 3, 4), List.of()), EpisodeSplit.of(episodes, 0));
    assertThrows(BadInputException.class, () -> EpisodeSplit.of(episodes.subList(0, 2), 0.5));
  }

  private static Episode episode(int index, String task) {
    return new Episode(index, List.of(task), 10, index * 10, Path.of("data"), 0, Map.of());
  }

  private static String refused(String... flags) {
    return assertThrows(BadInputException.class, () -> read(flags)).getMessage();
  }

  private static DatasetInfo info() {
    return DatasetInfo.read(Path.of(DATASET));
  }

  /** As a command line has them. */
  static TrainingConfig read(String... flags) {
    Map<String, String> given = new LinkedHashMap<>();
    for (int i = 0; i < flags.length; i++) {
      int equals = flags[i].indexOf('=');
      if (equals < 0) {
        given.put(flags[i].substring(2), flags[++i]);
      } else {
        given.put(flags[i].substring(2, equals), flags[i].substring(equals + 1));
      }
    }
    return TrainingConfigReader.read(given, Path::of);
  }
}
