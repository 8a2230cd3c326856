package flowmatching.app.arm;

/** A controller that knows everything and has no memory: what it commands follows from what the table looks like now. */
public final class ArmExpert {
  /** Metres a second. */
  private static final double SPEED = 0.25;
  private static final double PUSH_SPEED = 0.14;

  /** Of the tip's centre from the block's where they touch, and where the tip passes it by. */
  private static final double CONTACT = ArmWorld.TIP_RADIUS + ArmWorld.BLOCK_RADIUS;
  private static final double CLEARANCE = CONTACT + 0.02;

  /** How far the command leads: the servos lag behind it by about this many seconds. */
  private static final double LEAD = 0.15;

  /** Near enough, metres. */
  private static final double THERE = 0.006;

  private ArmExpert() {}

  /** The joint positions to command now, radians. */
  public static double[] command(ArmWorld world) {
    Point tip = world.tip();
    Point velocity = world.block().map(block -> push(tip, block, world.target())).orElseGet(() -> towards(tip, world.target(), SPEED));
    return Kinematics.joints(tip.plus(velocity.times(LEAD)));
  }

  /** The velocity to a place, slower when it is near. */
  private static Point towards(Point from, Point to, double speed) {
    return to.minus(from).times(1 / LEAD).atMost(speed);
  }

  private static Point push(Point tip, Point block, Point target) {
    if (block.distance(target) < THERE) {
      return new Point(0, 0);
    }
    Point way = target.minus(block).direction();
    Point offset = tip.minus(block);
    double behind = -offset.dot(way);
    Point aside = offset.plus(way.times(behind));
    if (behind > 0.7 * CONTACT && aside.length() < 0.02) {
      // Behind it: push, and keep in line.
      double speed = Math.min(PUSH_SPEED, 0.03 + 2 * block.distance(target));
      return way.times(speed).minus(aside.times(4));
    }
    Point start = block.minus(way.times(CLEARANCE));
    if (passes(tip, start, block)) {
      return around(offset, start.minus(block));
    }
    return towards(tip, start, SPEED);
  }

  /** Whether the straight way runs into the block. */
  private static boolean passes(Point from, Point to, Point block) {
    Point way = to.minus(from);
    double along = way.length() == 0 ? 0 : Math.max(0, Math.min(block.minus(from).dot(way) / way.dot(way), 1));
    return from.plus(way.times(along)).distance(block) < CLEARANCE - 0.005;
  }

  /** Along a circle around the block, the shorter way; both places are relative to it. */
  private static Point around(Point from, Point to) {
    Point outwards = from.direction();
    double side = outwards.left().dot(to) >= 0 ? 1 : -1;
    return outwards.left().times(side * SPEED).plus(outwards.times((CLEARANCE - from.length()) * 6)).atMost(SPEED);
  }
}
