package flowmatching.control;

import flowmatching.BadInputException;

/**
 * Turns a continuous action into one of two commands. Between the thresholds the gripper stays as it is; where it has not been
 * commanded yet, the nearer threshold decides.
 *
 * @param low actions at or below it give {@code lowCommand}
 * @param high actions at or above it give {@code highCommand}; not below {@code low}
 * @param lowCommand the command, in the robot's units
 * @param highCommand the command, in the robot's units
 */
public record Gripper(double low, double high, double lowCommand, double highCommand) {
  /** Thresholds 0.4 and 0.6, commands 0 and 1. */
  public static final Gripper DEFAULT = new Gripper(0.4, 0.6, 0, 1);

  /** @throws BadInputException where a value is not finite or the thresholds are crossed */
  public Gripper {
    if (!Double.isFinite(low) || !Double.isFinite(high) || !Double.isFinite(lowCommand) || !Double.isFinite(highCommand)) {
      throw new BadInputException("a gripper's thresholds and commands must be finite numbers");
    }
    if (low > high) {
      throw new BadInputException("a gripper's low threshold " + low + " must not lie above its high threshold " + high);
    }
  }

  /** The command for an action; {@code last} is the command before, or NaN. */
  double command(double action, double last) {
    if (action <= low) {
      return lowCommand;
    }
    if (action >= high) {
      return highCommand;
    }
    if (last == lowCommand || last == highCommand) {
      return last;
    }
    return action - low < high - action ? lowCommand : highCommand;
  }
}
