package flowmatching.app.gazebo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.app.record.LiveEpisodes;
import flowmatching.app.record.TabletopEpisodes;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.dataset.write.DatasetWriter;
import flowmatching.checkpoint.JsonFile;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.PolicyOptions;
import flowmatching.policy.ProcessorFiles;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.inprocess.InProcessGraph;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.robot.RobotFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Recording and closed loop at the table, over the topics; a stand-in is where Gazebo would be. */
@Timeout(180)
class TabletopTest {
  private static final RobotDescription ROBOT = RobotFile.read(TestData.home().resolve("config/robots/gazebo_arm.yaml"));

  @TempDir Path directory;
  private final InProcessGraph graph = new InProcessGraph();
  private final StandInTable simulator = new StandInTable(graph.join(GraphNames.of("/", "simulator")), ROBOT);

  @AfterEach
  void close() throws InterruptedException {
    simulator.close();
    graph.close();
  }

  private RobotGraph join(GraphNames names, boolean simulatedTime) {
    return simulator.follow(graph.join(names, simulatedTime));
  }

  private Tabletop table() {
    return new Tabletop(join(GraphNames.of("/", "expert"), true), ROBOT);
  }

  private LiveEpisodes live() {
    LiveEpisodes.Timing timing = new LiveEpisodes.Timing(20, 60, 0, Duration.ofSeconds(20));
    return new LiveEpisodes(join(GraphNames.of("/", "recorder"), true), ROBOT, timing, false, text -> {});
  }

  /** Two episodes of the expert. */
  private Path recorded() throws IOException, InterruptedException {
    Path set = directory.resolve("set");
    LiveEpisodes live = live();
    try (TabletopEpisodes source = new TabletopEpisodes(table(), live, 3); DatasetWriter writer = DatasetWriter.open(set, source.spec())) {
      for (int i = 0; i < 2; i++) {
        assertTrue(source.record(writer.episodes(), writer));
        writer.saveEpisode(Tabletop.task());
      }
      assertEquals(Map.of(), live.refused());
    }
    return set;
  }

  @Test
  void theExpertsEpisodesAreRecordedAsItMovesTheCube() throws IOException, InterruptedException {
    try (LeRobotDataset dataset = LeRobotDataset.open(recorded())) {
      assertEquals(TabletopArm.JOINTS, dataset.info().feature("action").names());
      assertEquals(2, dataset.episodes().size());
      for (int i = 1; i < dataset.size(); i++) {
        Map<String, float[]> values = dataset.item(i).values();
        for (int joint = 0; joint < TabletopArm.JOINTS.size(); joint++) {
          assertEquals(values.get("observation.state")[joint], values.get("action")[joint], 0.15f, "item " + i);
        }
      }
      int length = dataset.episode(0).length();
      assertTrue(length > 20 * 6 && length < 20 * CubeTask.LONGEST, length + " frames");
    }
  }

  @Test
  void anEpisodeThatTheExpertFailsIsNotKept() throws IOException, InterruptedException {
    simulator.makeSlippery();
    LiveEpisodes live = live();
    try (TabletopEpisodes source = new TabletopEpisodes(table(), live, 3); DatasetWriter writer = DatasetWriter.open(directory.resolve("set"), source.spec())) {
      assertFalse(source.record(0, writer));
      writer.discardEpisode();
    }
  }

  @Test
  void thePolicysEpisodesAreCountedAndTheNodeComesToRestBetweenThem() throws IOException, InterruptedException {
    Path checkpoint = checkpoint(recorded());
    FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(checkpoint, PolicyOptions.defaults().withSeed(0));
    try (TabletopTrials trials = new TabletopTrials(this::join, ROBOT, policy, Map.of("action_rate", 20.0))) {
      for (int seed = 0; seed < 2; seed++) {
        TabletopTrials.Trial trial = trials.play(seed);
        assertFalse(trial.success(), "random weights");
        assertEquals(CubeTask.LONGEST, trial.seconds(), 1);
      }
    }
  }

  @Test
  void anotherRobotIsRefused() {
    RobotDescription other = RobotFile.read(TestData.home().resolve("config/robots/so101.yaml"));
    assertThrows(BadInputException.class, () -> new Tabletop(graph.join(GraphNames.of("/", "expert"), true), other));
  }

  @Test
  void whoIsStoppedStopsWaiting() throws InterruptedException {
    try (Tabletop table = table()) {
      table.begin(1);
      table.stop();
      assertFalse(table.awaitSuccess());
    }
  }

  /** Random weights, small, with the set's statistics. */
  private Path checkpoint(Path set) throws IOException {
    Path config = directory.resolve("config.json");
    Files.writeString(config, """
        {"type": "flowmatching", "n_obs_steps": 1, "n_action_steps": 16, "hidden_dim": 32, "num_layers": 1, "num_heads": 2, "vit_embed_dim": 32,
         "image_size": [32, 32], "vit": {"patch_size": 16, "num_layers": 1, "num_heads": 2, "mlp_dim": 32},
         "normalization_mapping": {"VISUAL": "IDENTITY", "STATE": "MEAN_STD", "ACTION": "MEAN_STD"},
         "input_features": {
           "observation.images.scene": {"type": "VISUAL", "shape": [3, 64, 64]},
           "observation.images.wrist": {"type": "VISUAL", "shape": [3, 64, 64]},
           "observation.state": {"type": "STATE", "shape": [7]}},
         "output_features": {"action": {"type": "ACTION", "shape": [7]}}}
        """);
    FlowMatchingConfig parsed = FlowMatchingConfig.parse(config.toString(), JsonFile.read(config));
    Path checkpoint = directory.resolve("checkpoint");
    try (LeRobotDataset dataset = LeRobotDataset.open(set)) {
      Files.createDirectories(checkpoint);
      ProcessorFiles.write(checkpoint, parsed, dataset.statistics().byFeature());
      Checkpoint.create(checkpoint, parsed, 0);
    }
    return checkpoint;
  }
}
