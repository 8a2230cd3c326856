package flowmatching.control;

import java.time.Duration;

/** Where commands go: a topic, or a test. Called on the loop thread, so nothing here may block. */
@FunctionalInterface
public interface CommandSink {
  /**
   * Publishes one command. An exception stops the robot with {@link ControllerState#ERROR}.
   *
   * @param command one value a dimension, in the robot's units; the array is reused for the next command and must not be kept
   * @param stamp the instant that the command is for, nanoseconds of the graph's clock
   */
  void publish(double[] command, long stamp);

  /**
   * How far ahead this sink wants to see; asked once. Where it is above 0, the sink is given trajectories instead of commands, and
   * every dimension must be a position ({@link ActionKind#ABSOLUTE} or {@link ActionKind#GRIPPER}).
   */
  default Duration lookahead() {
    return Duration.ZERO;
  }

  /**
   * Publishes a command together with what follows it. Called instead of the other method where {@link #lookahead} is above 0; an
   * exception stops the robot as there.
   *
   * @param trajectory reused for the next one and must not be kept
   * @param stamp the instant of its first point, nanoseconds of the graph's clock
   */
  default void publish(CommandTrajectory trajectory, long stamp) {
    throw new UnsupportedOperationException("this sink asks for no trajectories");
  }
}
