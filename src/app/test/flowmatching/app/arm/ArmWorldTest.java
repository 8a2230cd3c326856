package flowmatching.app.arm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ArmWorldTest {
  private static ArmWorld play(ArmTask task, long seed) {
    ArmWorld world = new ArmWorld(task, seed);
    while (!world.done()) {
      world.step(ArmExpert.command(world));
    }
    return world;
  }

  @ParameterizedTest
  @EnumSource
  void theExpertSucceedsNearlyAlways(ArmTask task) {
    long first = new Random().nextLong();
    int successes = 0;
    for (int i = 0; i < 300; i++) {
      successes += play(task, first + i).succeeded() ? 1 : 0;
    }
    assertTrue(successes >= 297, successes + " of 300 from seed " + first);
  }

  @ParameterizedTest
  @EnumSource
  void anArmThatStandsStillFails(ArmTask task) {
    for (int seed = 0; seed < 20; seed++) {
      ArmWorld world = new ArmWorld(task, seed);
      double[] start = world.joints();
      while (!world.done()) {
        world.step(start);
      }
      assertFalse(world.succeeded());
      assertEquals(task.maxSteps(), world.steps());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSeedIsOneEpisodeAndAnotherSeedAnother(ArmTask task) {
    ArmWorld one = play(task, 5);
    ArmWorld same = play(task, 5);
    assertEquals(one.steps(), same.steps());
    assertArrayEquals(one.joints(), same.joints());
    assertArrayEquals(ArmCamera.picture(one).pixels(), ArmCamera.picture(same).pixels());
    assertTrue(new ArmWorld(task, 5).target().distance(new ArmWorld(task, 6).target()) > 1e-6);
  }

  @Test
  void theTargetsOfSeedsThatFollowEachOtherAreSpreadOverTheTable() {
    int left = 0;
    for (int seed = 0; seed < 400; seed++) {
      left += new ArmWorld(ArmTask.REACH, seed).target().x() < 0 ? 1 : 0;
    }
    assertTrue(left > 150 && left < 250, left + " of 400");
  }

  @Test
  void jointsBringTheTipToItsPlace() {
    Random random = new Random(3);
    for (int i = 0; i < 1000; i++) {
      Point place = Point.polar(Kinematics.NEAREST + (Kinematics.FARTHEST - Kinematics.NEAREST) * random.nextDouble(), 180 * random.nextDouble());
      assertEquals(0, Kinematics.tip(Kinematics.joints(place)).distance(place), 1e-12);
    }
  }

  @Test
  void jointsFollowTheirCommandWithinTheirLimits() {
    JointServos servos = new JointServos(new double[] {0, 1}, new Random(1));
    double[] before = servos.positions();
    double fastest = 0;
    for (int i = 0; i < 400; i++) {
      servos.step(new double[] {2, 1});
      double[] now = servos.positions();
      fastest = Math.max(fastest, Math.abs(now[0] - before[0]) / JointServos.STEP);
      before = now;
    }
    assertEquals(2, before[0], 0.05);
    assertEquals(1, before[1], 0.05);
    assertTrue(fastest > 2 && fastest <= 3 + 1e-9, fastest + " rad/s");
  }

  @Test
  void theEncodersAreNoisyAndTheNoiseIsSmall() {
    ArmWorld world = new ArmWorld(ArmTask.REACH, 1);
    double worst = 0;
    for (int i = 0; i < 1000; i++) {
      worst = Math.max(worst, Math.abs(world.measuredJoints()[0] - world.joints()[0]));
    }
    assertTrue(worst > 0.001 && worst < 0.01, String.valueOf(worst));
  }

  @Test
  void theTipPushesTheBlockAwayFromItself() {
    ArmWorld world = new ArmWorld(ArmTask.PUSH, 2);
    Point block = world.block().orElseThrow();
    for (int i = 0; i < 40; i++) {
      world.step(Kinematics.joints(block));
    }
    Point moved = world.block().orElseThrow();
    assertTrue(moved.distance(block) > 0.01, "moved by " + moved.distance(block));
    assertTrue(moved.distance(world.tip()) >= ArmWorld.TIP_RADIUS + ArmWorld.BLOCK_RADIUS - 1e-9);
  }

  /** The middle of what has nearly this colour, in pixels; NaN where nothing has. */
  private static double[] middle(RgbImage image, int[] colour) {
    double[] sums = new double[3];
    for (int row = 0; row < image.height(); row++) {
      for (int column = 0; column < image.width(); column++) {
        boolean same = true;
        for (int channel = 0; channel < 3; channel++) {
          same &= Math.abs(image.at(row, column, channel) - colour[channel]) < 12;
        }
        if (same) {
          sums[0] += column + 0.5;
          sums[1] += row + 0.5;
          sums[2]++;
        }
      }
    }
    return new double[] {sums[0] / sums[2], sums[1] / sums[2]};
  }

  @Test
  void thePictureShowsTargetAndTipWhereTheyAre() {
    for (int seed = 0; seed < 50; seed++) {
      ArmWorld world = new ArmWorld(ArmTask.REACH, seed);
      RgbImage image = ArmCamera.picture(world);
      double[] tip = middle(image, new int[] {240, 200, 40});
      double[] target = middle(image, new int[] {210, 40, 40});
      // A pixel is 6.46 mm; y points up on the table and down in the picture. The arm may hide a part of the target.
      double scale = ArmCamera.SIZE / 0.62;
      assertEquals((world.tip().x() + 0.31) * scale, tip[0], 0.7, "seed " + seed);
      assertEquals(ArmCamera.SIZE - (world.tip().y() + 0.13) * scale, tip[1], 0.7, "seed " + seed);
      assertEquals((world.target().x() + 0.31) * scale, target[0], 2.5, "seed " + seed);
      assertEquals(ArmCamera.SIZE - (world.target().y() + 0.13) * scale, target[1], 2.5, "seed " + seed);
    }
  }

  @Test
  void tasksAreNamedByTheirSentenceOrItsFirstWord() {
    assertEquals(ArmTask.PUSH, ArmTask.parse("push"));
    assertEquals(ArmTask.REACH, ArmTask.parse("reach the red dot"));
    assertTrue(assertThrows(BadInputException.class, () -> ArmTask.parse("dance")).getMessage().contains("'reach the red dot'"));
  }
}
