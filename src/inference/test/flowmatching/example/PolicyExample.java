package flowmatching.example;

import flowmatching.image.RgbImage;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.VisionBackbone;
import flowmatching.policy.ActionChunk;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.Observation;
import flowmatching.policy.PolicyOptions;
import java.nio.file.Path;
import java.util.Map;

/** How to use the policy from Java. Each method is run by a test. */
final class PolicyExample {
  private PolicyExample() {}

  /** Plays one episode, an action at a time; a chunk is predicted whenever the last one is used up. */
  static float[] playAnEpisode(Path checkpoint, Observation observation, int steps) {
    try (FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(checkpoint)) {
      policy.reset();
      float[] action = null;
      for (int step = 0; step < steps; step++) {
        action = policy.selectAction(observation);
      }
      return action;
    }
  }

  /** Predicts a whole chunk, with fewer steps and a fixed seed. */
  static ActionChunk predictAChunk(Path checkpoint, Observation observation) {
    PolicyOptions options = PolicyOptions.defaults().withNumSteps(4).withSeed(1);
    try (FlowMatchingPolicy policy = FlowMatchingPolicy.fromPretrained(checkpoint, options)) {
      return policy.predictActionChunk(observation);
    }
  }

  /** A policy of one's own sizes, untrained. */
  static ActionChunk aCustomPolicy() {
    FlowMatchingConfig config = FlowMatchingConfig.builder()
        .camera("observation.images.wrist", 120, 160)
        .state(6)
        .action(6, 30)
        .vision(new VisionBackbone(16, 2, 2, 64, 128), 64, 64)
        .set("hidden_dim", 128)
        .set("num_layers", 2)
        .set("n_action_steps", 20)
        .build();
    RgbImage black = new RgbImage(160, 120, new byte[3 * 160 * 120]);
    try (FlowMatchingPolicy policy = new FlowMatchingPolicy(config)) {
      return policy.predictActionChunk(new Observation(Map.of("observation.images.wrist", black), new float[6]));
    }
  }
}
