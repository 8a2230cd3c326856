package flowmatching.app.arm;

import java.time.Duration;

/**
 * How one episode of the arm went, whoever commanded it.
 *
 * @param success whether tip or block stayed on the target
 * @param steps that the episode took
 * @param missed steps without a command
 */
public record ArmTrial(boolean success, int steps, int missed) {
  /**
   * Plays an episode in lock step.
   *
   * @param world the episode; at its beginning
   * @param patience how long a step waits for a command
   * @param look is called before each step
   */
  static ArmTrial play(ArmRobot arm, ArmWorld world, Duration patience, Runnable look) throws InterruptedException {
    arm.begin(world);
    int missed = 0;
    while (!world.done()) {
      look.run();
      arm.publish();
      if (!arm.advance(patience)) {
        missed++;
      }
    }
    return new ArmTrial(world.succeeded(), world.steps(), missed);
  }
}
