package flowmatching.control;

/** Where commands go: a topic, or a test. */
@FunctionalInterface
public interface CommandSink {
  /**
   * Publishes one command. Called on the loop thread, so it must not block; an exception stops the robot with
   * {@link ControllerState#ERROR}.
   *
   * @param command one value a dimension, in the robot's units; the array is reused for the next command and must not be kept
   * @param stamp the instant that the command is for, nanoseconds of the graph's clock
   */
  void publish(double[] command, long stamp);
}
