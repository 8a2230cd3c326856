package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.app.robot.FlowMatchingLoader;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.PolicyOptions;
import flowmatching.ros.parameter.Parameters;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The flags of every command that runs a policy. */
public final class PolicyFlags {
  /** What names a checkpoint. */
  static final String FLAG = "--policy.path";

  @Option(
      names = FLAG,
      paramLabel = "DIR|NAME",
      description = "Checkpoint: a directory with config.json and model.safetensors, or a model of the hub, user/name (docs/hub.md).")
  private String path;

  @Option(names = "--policy.num_steps", paramLabel = "N", description = "Integration steps. Default: the checkpoint's.")
  private Long numSteps;

  @Option(names = "--solver", paramLabel = "NAME", defaultValue = "euler", description = "euler or heun. Default: ${DEFAULT-VALUE}.")
  private String solver;

  @Option(
      names = "--normalization",
      paramLabel = "MODE",
      defaultValue = "checkpoint",
      description = "checkpoint: use its statistics. none: feed and print the network's own values. Default: ${DEFAULT-VALUE}.")
  private String normalization;

  @Option(names = "--seed", paramLabel = "N", description = "Seed of the noise. Default: another each time.")
  private Long seed;

  @Option(
      names = "--rtc.schedule",
      paramLabel = "NAME",
      defaultValue = "none",
      description = "Real-Time Chunking: let a chunk continue the one being played; zeros, ones, linear or exp. Default: ${DEFAULT-VALUE}.")
  private String rtcSchedule;

  @Option(names = "--rtc.max_guidance_weight", paramLabel = "X", defaultValue = "10", description = "Bound of its pull. Default: ${DEFAULT-VALUE}.")
  private double maxGuidanceWeight;

  @Mixin private RuntimeFlags runtime;

  /** The directory, once it has been found. */
  private Path found;

  /**
   * The checkpoint's directory; downloads it where it is not here.
   *
   * @throws BadInputException where none was given or it cannot be had
   */
  Path path() {
    if (path == null) {
      throw new BadInputException(FLAG + ": expected a checkpoint's directory or a model of the hub, found nothing");
    }
    if (found == null) {
      found = HubAccess.checkpoint(FLAG, path);
    }
    return found;
  }

  /** The same settings as the node's parameters. */
  Map<String, Object> parameters() {
    Map<String, Object> values = new LinkedHashMap<>();
    if (path != null) {
      values.put("policy_path", path);
    }
    values.put("runtime", runtime.name());
    values.put("threads", (long) runtime.options().threads());
    values.put("spinning", runtime.options().spinning());
    values.put("device_memory", (long) runtime.options().deviceMemory());
    values.put("solver", solver);
    values.put("normalization", normalization);
    values.put("rtc", rtcSchedule);
    values.put("max_guidance_weight", maxGuidanceWeight);
    if (numSteps != null) {
      values.put("num_steps", numSteps);
    }
    if (seed != null) {
      values.put("seed", seed);
    }
    return values;
  }

  /** The seed that was given. */
  OptionalLong seed() {
    return seed == null ? OptionalLong.empty() : OptionalLong.of(seed);
  }

  FlowMatchingPolicy load() {
    return load(1);
  }

  /** @param batch observations of one run */
  FlowMatchingPolicy load(int batch) {
    PolicyOptions options = FlowMatchingLoader.options(Parameters.with(parameters()));
    return FlowMatchingPolicy.fromPretrained(path(), options.withMachine(options.machine().withBatch(batch)));
  }
}
