package flowmatching.app.arm;

import flowmatching.BadInputException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;

/** What the arm can be asked to do. */
public enum ArmTask {
  /** Bring the tip to the red dot. */
  REACH("reach the red dot", 100) {
    @Override
    Scene scene(Random random) {
      Point start = anywhere(random);
      Point target = anywhere(random);
      while (target.distance(start) < 0.1) {
        target = anywhere(random);
      }
      return new Scene(Kinematics.joints(start), target, Optional.empty());
    }
  },

  /** Push the green block onto the middle of the red spot. */
  PUSH("push the green block onto the red spot", 200) {
    @Override
    Scene scene(Random random) {
      while (true) {
        Point block = Point.polar(between(random, 0.18, 0.28), between(random, 50, 130));
        Point way = Point.polar(between(random, 0.08, 0.14), between(random, 0, 360));
        Point start = anywhere(random);
        Point behind = block.minus(way.direction().times(0.09));
        Point target = block.plus(way);
        // The arm must come behind the block, and must not begin on it.
        if (Kinematics.reaches(behind) && isInSight(behind) && Kinematics.reaches(target) && isInSight(target) && start.distance(block) > 0.08) {
          return new Scene(Kinematics.joints(start), target, Optional.of(block));
        }
      }
    }
  };

  private final String sentence;
  private final int maxSteps;

  ArmTask(String sentence, int maxSteps) {
    this.sentence = sentence;
    this.maxSteps = maxSteps;
  }

  /** How an episode begins. @param block where the block is; none where nothing is to be pushed */
  record Scene(double[] joints, Point target, Optional<Point> block) {}

  abstract Scene scene(Random random);

  /** The task in words, as data sets keep it. */
  public String sentence() {
    return sentence;
  }

  /** Steps after which an episode has failed. */
  public int maxSteps() {
    return maxSteps;
  }

  /** Reads a task as users write it: its sentence or its first word. @throws BadInputException naming those that there are */
  public static ArmTask parse(String text) {
    for (ArmTask task : values()) {
      if (task.sentence.equals(text) || task.sentence.split(" ")[0].equals(text)) {
        return task;
      }
    }
    throw new BadInputException(
        "--task: expected one of " + Arrays.stream(values()).map(task -> "'" + task.sentence + "'").toList() + ", found '" + text + "'");
  }

  private static double between(Random random, double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  private static Point anywhere(Random random) {
    return Point.polar(between(random, 0.15, 0.36), between(random, 35, 145));
  }

  private static boolean isInSight(Point point) {
    return Math.abs(point.x()) < 0.27 && point.y() > 0.06;
  }
}
