package flowmatching.app.robot;

import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.flow.RealTimeChunking.Schedule;
import flowmatching.flow.Solver;
import flowmatching.policy.FlowMatchingPolicy;
import flowmatching.policy.PolicyOptions;
import flowmatching.ros.node.LoadedPolicy;
import flowmatching.ros.node.PolicyLoader;
import flowmatching.ros.parameter.Parameters;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.Runtimes;
import flowmatching.runtime.Runtimes.Start;
import flowmatching.runtime.UnusableRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Gives the node flow matching policies: the one place where the node's parameters meet this kind of policy. */
public final class FlowMatchingLoader implements PolicyLoader {
  private static final String PATH = "policy_path";

  /** How a policy is to be loaded. */
  public static PolicyOptions options(Parameters parameters) {
    int threads = (int) parameters.integer("threads");
    RuntimeOptions machine = new RuntimeOptions(threads == 0 ? RuntimeOptions.defaults().threads() : threads, parameters.bool("spinning"))
        .withDeviceMemory((int) parameters.integer("device_memory"));
    PolicyOptions options = PolicyOptions.defaults()
        .withRuntime(parameters.text("runtime"))
        .withMachine(machine)
        .withSolver(Solver.parse(parameters.text("solver")));
    if (parameters.integer("num_steps") > 0) {
      options = options.withNumSteps((int) parameters.integer("num_steps"));
    }
    if (parameters.integer("seed") >= 0) {
      options = options.withSeed(parameters.integer("seed"));
    }
    if (parameters.text("normalization").equals("none")) {
      options = options.withoutNormalization();
    }
    if (!parameters.text("rtc").equals("none")) {
      Schedule schedule = Schedule.valueOf(parameters.text("rtc").toUpperCase(Locale.ROOT));
      options = options.withRealTimeChunking(schedule, parameters.number("max_guidance_weight"));
    }
    return options;
  }

  /** A policy that is loaded already; solver and steps follow the parameters while it runs. */
  public static LoadedPolicy of(FlowMatchingPolicy policy) {
    return new LoadedPolicy(policy, policy.runtime(), files(policy.directory()), changed -> {
      int steps = (int) changed.integer("num_steps");
      policy.setIntegration(Solver.parse(changed.text("solver")), steps > 0 ? steps : policy.config().numSteps());
    });
  }

  /** What a checkpoint consists of, the weights first. */
  private static List<Path> files(Path directory) {
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(file -> file.toString().endsWith(".safetensors") || file.toString().endsWith(".json"))
          .filter(Files::isRegularFile)
          .sorted(Comparator.comparing((Path file) -> !file.endsWith(Checkpoint.WEIGHTS)).thenComparing(Comparator.naturalOrder()))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(directory + " cannot be listed", e);
    }
  }

  @Override
  public void check(Parameters proposed) {
    String path = proposed.text(PATH);
    try {
      if (!path.isEmpty() && Checkpoint.holds(Path.of(path))) {
        return;
      }
    } catch (InvalidPathException e) {
      // No directory either.
    }
    throw new BadInputException("parameter policy_path: expected a directory with " + Checkpoint.WEIGHTS + ", found " + place(path));
  }

  /** A directory for messages, as it was given and, where that is a relative path, where it was looked for. */
  public static String place(String given) {
    try {
      Path path = Path.of(given);
      return given.isEmpty() || path.isAbsolute() ? "'" + given + "'" : "'" + given + "', which is " + path.toAbsolutePath();
    } catch (InvalidPathException e) {
      return "'" + given + "'";
    }
  }

  @Override
  public LoadedPolicy load(Parameters parameters) {
    check(parameters);
    Path path = Path.of(parameters.text(PATH));
    PolicyOptions options = options(parameters);
    return quickStart(path, options).flatMap(start -> begun(path, options, start)).orElseGet(() -> load(path, options));
  }

  /** A policy on the first runtime that opens, followed by one on the runtime that was wanted; empty where none opens. */
  private static Optional<LoadedPolicy> begun(Path path, PolicyOptions options, Start start) {
    for (String now : start.now()) {
      try {
        return Optional.of(load(path, options.withRuntime(now)).followedBy(() -> load(path, options.withRuntime(start.later()))));
      } catch (UnusableRuntimeException e) {
        // Runtimes has said why.
      }
    }
    return Optional.empty();
  }

  private static Optional<Start> quickStart(Path path, PolicyOptions options) {
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      return Runtimes.quickStart(options.runtime(), checkpoint, options.machine());
    }
  }

  private static LoadedPolicy load(Path path, PolicyOptions options) {
    return of(FlowMatchingPolicy.fromPretrained(path, options));
  }
}
