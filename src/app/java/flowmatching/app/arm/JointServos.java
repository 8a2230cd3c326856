package flowmatching.app.arm;

import java.util.Random;

/**
 * The arm's two motors: each follows its commanded position as a damped spring does, with limits to velocity and acceleration, and
 * is disturbed by a force that changes slowly.
 */
final class JointServos {
  /** Seconds of one step of the simulation. */
  static final double STEP = 0.005;

  private static final double STIFFNESS = 400;
  private static final double DAMPING = 36;
  private static final double MAX_VELOCITY = 3;
  private static final double MAX_ACCELERATION = 40;

  /** The disturbance is an Ornstein-Uhlenbeck process: standard deviation in rad/s^2, and seconds in which it forgets. */
  private static final double DISTURBANCE = 3;
  private static final double MEMORY = 0.2;

  /** Standard deviation of a measured angle, radians. */
  private static final double ENCODER_NOISE = 0.001;

  private final Random random;
  private final double[] positions;
  private final double[] velocities = new double[2];
  private final double[] disturbances = new double[2];

  JointServos(double[] positions, Random random) {
    this.positions = positions.clone();
    this.random = random;
  }

  /** Moves the joints for {@link #STEP} seconds. */
  void step(double[] command) {
    double kept = Math.exp(-STEP / MEMORY);
    for (int i = 0; i < positions.length; i++) {
      disturbances[i] = kept * disturbances[i] + DISTURBANCE * Math.sqrt(1 - kept * kept) * random.nextGaussian();
      double wanted = STIFFNESS * (command[i] - positions[i]) - DAMPING * velocities[i] + disturbances[i];
      double acceleration = Math.max(-MAX_ACCELERATION, Math.min(wanted, MAX_ACCELERATION));
      velocities[i] = Math.max(-MAX_VELOCITY, Math.min(velocities[i] + STEP * acceleration, MAX_VELOCITY));
      positions[i] += STEP * velocities[i];
    }
  }

  /** Where the joints are, radians. */
  double[] positions() {
    return positions.clone();
  }

  /** What the encoders say. */
  double[] measured() {
    double[] measured = positions.clone();
    for (int i = 0; i < measured.length; i++) {
      measured[i] += ENCODER_NOISE * random.nextGaussian();
    }
    return measured;
  }
}
