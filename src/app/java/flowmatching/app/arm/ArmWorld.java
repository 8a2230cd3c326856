package flowmatching.app.arm;

import flowmatching.app.EpisodeSeed;
import java.util.Optional;
import java.util.Random;

/**
 * The simulated table: the arm, the red dot that is the target, and the block where there is one. Seen from above; nothing falls. Two
 * worlds of one task and seed do the same under the same commands. Used by one thread at a time.
 */
public final class ArmWorld {
  /** Commands, pictures and joint states a second. */
  public static final int RATE = 20;

  static final double TIP_RADIUS = 0.015;
  static final double BLOCK_RADIUS = 0.035;

  /** How near the tip or the block must be to the target, metres, and for how many steps in succession. */
  private static final double NEAR = 0.02;
  private static final int STEPS_NEAR = RATE / 2;

  private final ArmTask task;
  private final JointServos servos;
  private final Point target;
  /** Null for none. */
  private final Bumps bumps;
  private Optional<Point> block;
  private int steps;
  private int stepsNear;

  /** Begins an episode. */
  public ArmWorld(ArmTask task, long seed) {
    this(task, seed, null);
  }

  /** Begins an episode in which something bumps into the arm. */
  public static ArmWorld bumpy(ArmTask task, long seed) {
    return new ArmWorld(task, seed, new Bumps(seed));
  }

  private ArmWorld(ArmTask task, long seed, Bumps bumps) {
    this.bumps = bumps;
    Random random = EpisodeSeed.random(seed);
    ArmTask.Scene scene = task.scene(random);
    this.task = task;
    this.servos = new JointServos(scene.joints(), random);
    this.target = scene.target();
    this.block = scene.block();
  }

  /**
   * Lets 1 / {@link #RATE} seconds pass.
   *
   * @param command joint positions, radians: shoulder, elbow
   */
  public void step(double[] command) {
    int parts = (int) Math.round(1 / (RATE * JointServos.STEP));
    double[] goal = bumps == null ? command : bumps.bumped(command);
    for (int i = 0; i < parts; i++) {
      servos.step(goal);
      block = block.map(this::pushed);
    }
    steps++;
    stepsNear = block.orElse(tip()).distance(target) < NEAR ? stepsNear + 1 : 0;
  }

  /** The block slides out of the tip's way. */
  private Point pushed(Point place) {
    Point way = place.minus(tip());
    double overlap = TIP_RADIUS + BLOCK_RADIUS - way.length();
    return overlap > 0 ? place.plus(way.direction().times(overlap)) : place;
  }

  /** Joint positions as the encoders give them, radians: shoulder, elbow. Each call is a new measurement. */
  public double[] measuredJoints() {
    return servos.measured();
  }

  double[] joints() {
    return servos.positions();
  }

  Point tip() {
    return Kinematics.tip(servos.positions());
  }

  Point target() {
    return target;
  }

  Optional<Point> block() {
    return block;
  }

  /** Steps so far. */
  public int steps() {
    return steps;
  }

  /** Whether the tip, or the block where there is one, has been within 2 cm of the target for half a second. */
  public boolean succeeded() {
    return stepsNear >= STEPS_NEAR;
  }

  /** Whether the episode is over. */
  public boolean done() {
    return succeeded() || steps >= task.maxSteps();
  }
}
