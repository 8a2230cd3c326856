package flowmatching.ros.node;

import flowmatching.BadInputException;
import flowmatching.ros.parameter.Parameters;

/** Loads policies for the node, which knows nothing of them but {@link flowmatching.policy.ChunkPolicy}. */
public interface PolicyLoader {
  /** Loads nothing: a node that has it keeps the policy that it was started with. */
  PolicyLoader NONE = new PolicyLoader() {
    @Override
    public void check(Parameters proposed) {
      throw new BadInputException("policy_path cannot change: this node was given its policy by the program that started it");
    }

    @Override
    public LoadedPolicy load(Parameters parameters) {
      throw new BadInputException("this node was given its policy by the program that started it and cannot load another");
    }
  };

  /**
   * A quick look at a {@code policy_path} before it is taken; on the thread of a request, so it must not load anything.
   *
   * @param proposed the parameters as they would be
   * @throws BadInputException where it is worth no attempt, saying why
   */
  default void check(Parameters proposed) {}

  /**
   * Loads the policy that the parameters ask for; on a thread of its own, and may take seconds.
   *
   * @param parameters as they were when loading began
   * @throws BadInputException where it cannot be loaded, saying why
   */
  LoadedPolicy load(Parameters parameters);
}
