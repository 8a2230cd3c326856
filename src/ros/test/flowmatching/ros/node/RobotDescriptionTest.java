package flowmatching.ros.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.control.ActionDimension;
import flowmatching.control.ActionKind;
import flowmatching.image.RgbImage;
import flowmatching.policy.PolicySpec;
import flowmatching.ros.node.CameraSource.Transport;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RobotDescriptionTest {
  private static void refuses(String reason, Runnable action) {
    String found = assertThrows(BadInputException.class, action::run).getMessage();
    assertTrue(found.contains(reason), found);
  }

  private static PolicySpec spec(int missing, int state, int action, String... cameras) {
    return new PolicySpec(
        List.of(cameras).stream().map(RampPolicy::camera).toList(), missing, state, action, 20, OptionalDouble.of(10));
  }

  @Test
  void aRobotThatFitsThePolicyIsAccepted() {
    SimulatedRobot.description().check(spec(0, 2, 2, RampPolicy.CAMERA));
    SimulatedRobot.description().check(spec(1, 2, 2, RampPolicy.CAMERA, "observation.images.wrist"));
  }

  @Test
  void aRobotThatDoesNotFitIsRefusedWithBothSides() {
    RobotDescription robot = SimulatedRobot.description();
    refuses("state: the policy has 3 values, robot bench has 2 joints [shoulder, elbow]",
        () -> robot.check(spec(0, 3, 2, RampPolicy.CAMERA)));
    refuses("action: the policy has 1 values, robot bench has 2 joints [shoulder, elbow]",
        () -> robot.check(spec(0, 2, 1, RampPolicy.CAMERA)));
    refuses("cameras: the policy has [observation.images.front, observation.images.wrist] (of which 0 may be missing), "
        + "robot bench has [observation.images.front]",
        () -> robot.check(spec(0, 2, 2, RampPolicy.CAMERA, "observation.images.wrist")));
    refuses("cameras: the policy has [observation.images.top]", () -> robot.check(spec(1, 2, 2, "observation.images.top")));
  }

  @Test
  void anActionIsMeasuredByTheStateOfTheSameJoint() {
    RobotDescription robot = SimulatedRobot.description(SimulatedRobot.target(CommandTarget.Type.FLOAT64_MULTI_ARRAY),
        SimulatedRobot.joint("elbow", ActionKind.ABSOLUTE), SimulatedRobot.joint("gripper", ActionKind.GRIPPER));
    assertEquals(1, robot.dimensions().get(0).stateIndex());
    assertEquals(ActionDimension.NOT_MEASURED, robot.dimensions().get(1).stateIndex());
  }

  @Test
  void commandsThatAJointStateHasNoFieldForAreRefused() {
    CommandTarget states = SimulatedRobot.target(CommandTarget.Type.JOINT_STATE);
    refuses("positions only or velocities only",
        () -> SimulatedRobot.description(states, SimulatedRobot.joint("shoulder", ActionKind.DELTA)));
    refuses("positions only or velocities only", () -> SimulatedRobot.description(states,
        SimulatedRobot.joint("shoulder", ActionKind.ABSOLUTE), SimulatedRobot.joint("elbow", ActionKind.VELOCITY)));
    SimulatedRobot.description(states, SimulatedRobot.joint("elbow", ActionKind.VELOCITY));
  }

  @ParameterizedTest
  @EnumSource(value = ActionKind.class, names = {"DELTA", "VELOCITY"})
  void aTrajectoryTakesPositionsOnly(ActionKind kind) {
    refuses("carries positions only, found [shoulder: " + kind + "]", () -> SimulatedRobot.description(
        SimulatedRobot.target(CommandTarget.Type.JOINT_TRAJECTORY), SimulatedRobot.joint("shoulder", kind)));
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0, 49, 2001})
  void aTrajectoryThatIsTooShortOrTooLongIsRefused(long millis) {
    refuses("50 to 2000 ms, found " + millis + ".0 ms",
        () -> new CommandTarget("/command", CommandTarget.Type.JOINT_TRAJECTORY, Duration.ofMillis(millis)));
  }

  @Test
  void namesAreGivenOnce() {
    RobotDescription robot = SimulatedRobot.description();
    CameraSource camera = CameraSource.of("a", "/a", Transport.RAW);
    refuses("camera a twice",
        () -> new RobotDescription("r", List.of(camera, camera), robot.state(), robot.actions(), robot.command()));
    refuses("action elbow twice", () -> SimulatedRobot.description(robot.command(),
        SimulatedRobot.joint("elbow", ActionKind.ABSOLUTE), SimulatedRobot.joint("elbow", ActionKind.ABSOLUTE)));
    StateJoint joint = new StateJoint("elbow", UnitConversion.NONE);
    refuses("joint elbow twice", () -> new StateSource("/joint_states", List.of(joint, joint), Optional.empty()));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1, -12.5, 90})
  void unitsSurviveTheWayThereAndBack(double value) {
    UnitConversion units = new UnitConversion(Math.PI / 180, 0.3, -1);
    assertEquals(value, units.toDataSet(units.toRobot(value)), 1e-9);
    assertEquals(-value * Math.PI / 180 + 0.3, units.toRobot(value), 1e-12);
    assertEquals(-value * Math.PI / 180, units.ofChanges().toRobot(value), 1e-12);
  }

  @Test
  void conversionsThatCannotBeUndoneAreRefused() {
    refuses("positive scale", () -> new UnitConversion(0, 0, 1));
    refuses("positive scale", () -> new UnitConversion(Double.NaN, 0, 1));
    refuses("finite offset", () -> new UnitConversion(1, Double.POSITIVE_INFINITY, 1));
    refuses("sign of 1 or -1", () -> new UnitConversion(1, 0, 0));
  }

  @Test
  void aCropLiesInThePicture() {
    RgbImage image = new RgbImage(2, 2, new byte[] {1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4});
    assertArrayEquals(new byte[] {2, 2, 2, 4, 4, 4}, new Crop(1, 0, 1, 2).of(image).pixels());
    refuses("crop 2x1 at 1, 0 does not lie in a picture of 2x2", () -> new Crop(1, 0, 2, 1).of(image));
    refuses("does not lie", () -> new Crop(Integer.MAX_VALUE, 0, Integer.MAX_VALUE, 1).of(image));
    refuses("1 or more pixels", () -> new Crop(0, 0, 0, 1));
  }
}
