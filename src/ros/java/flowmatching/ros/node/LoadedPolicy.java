package flowmatching.ros.node;

import flowmatching.policy.ChunkPolicy;
import flowmatching.ros.parameter.Parameters;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A policy that is ready to run, and what the node says about it.
 *
 * @param policy in the data set's units
 * @param runtime what runs it, for diagnostics and {@code ~/provenance}
 * @param files what it was loaded from, for {@code ~/provenance}; the weights first
 * @param tuning takes changed parameters while the policy runs; called on any thread, and never with values that were refused
 * @param successor loads the same policy on a runtime that takes minutes to be ready; called once this one drives the robot, and
 *     interrupted where its result is not wanted any more. Null: this is the one
 */
public record LoadedPolicy(
    ChunkPolicy policy, String runtime, List<Path> files, Consumer<Parameters> tuning, Supplier<LoadedPolicy> successor) {
  public LoadedPolicy {
    files = List.copyOf(files);
  }

  /** A policy that nothing is to follow. */
  public LoadedPolicy(ChunkPolicy policy, String runtime, List<Path> files, Consumer<Parameters> tuning) {
    this(policy, runtime, files, tuning, null);
  }

  /** The same, with a successor. */
  public LoadedPolicy followedBy(Supplier<LoadedPolicy> next) {
    return new LoadedPolicy(policy, runtime, files, tuning, next);
  }

  /** A policy of which nothing else is known and that cannot be tuned. */
  public static LoadedPolicy of(ChunkPolicy policy, String runtime) {
    return new LoadedPolicy(policy, runtime, List.of(), parameters -> {});
  }
}
