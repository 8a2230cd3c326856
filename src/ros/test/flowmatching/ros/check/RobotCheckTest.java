package flowmatching.ros.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.control.ActionKind;
import flowmatching.control.JointLimits;
import flowmatching.ros.graph.QualityOfService.Durability;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.graph.TopicEndpoint;
import flowmatching.ros.graph.TopicEndpoint.Kind;
import flowmatching.ros.node.CommandTarget;
import flowmatching.ros.node.Crop;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is said of what was seen, each finding on its own. */
class RobotCheckTest {
  private final SeenRobot robot = new SeenRobot();

  private void says(String expected) {
    assertEquals(expected, robot.findings());
  }

  private void replace(String topic, TopicEndpoint... ends) {
    robot.endpoints.removeIf(end -> end.topic().equals(topic));
    robot.endpoints.addAll(List.of(ends));
  }

  private void cameraIsSilent() {
    robot.image = SeenRobot.stream("/camera", robot.image.type(), 0);
  }

  @Test
  void aRobotThatIsAsItsFileSaysGivesNoReasonToSpeak() {
    robot.policy = Optional.of(SeenRobot.policy(2, 640, 480));
    robot.trainedWith(List.of("shoulder.pos", "elbow.pos"), List.of("shoulder", "elbow"), 30);
    says("");
  }

  @Test
  void actionsThatNothingSlowsAreNamed() {
    robot.limits = JointLimits.NONE;
    says("! actions: [shoulder, elbow] have no max_velocity: nothing limits how fast they move; give each one");
  }

  @Test
  void positionsThatNobodyMeasuresAreNamed() {
    robot.actions = List.of("shoulder", "elbow_joint");
    says("! actions: [elbow_joint] are positions, but state measures no joints of these names, only [shoulder, elbow]:"
        + " they go to their first command at once; name both alike");
    robot.kind = ActionKind.VELOCITY;
    robot.limits = new JointLimits(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, 1, 10);
    says("");
  }

  @Test
  void anEmptyGraphIsSaidOnceAndNotForEveryTopic() {
    robot.endpoints.clear();
    cameraIsSilent();
    robot.state = new StateObservation(SeenRobot.stream("/joint_states", SeenRobot.STATE, 0), 0, Set.of(), Map.of(), Set.of(), Set.of(), 0);
    says("! graph: no other node is seen: is the robot on, in the same network, and are ROS_DOMAIN_ID and ROS_AUTOMATIC_DISCOVERY_RANGE"
        + " (or ROS_LOCALHOST_ONLY) the same here and there?");
  }

  @Test
  void aTopicThatNobodyPublishesIsNamedWithThoseThatMayBeMeant() {
    cameraIsSilent();
    replace("/camera", SeenRobot.publisher("/wrist/color", SeenRobot.IMAGE), SeenRobot.publisher("/camera2", SeenRobot.IMAGE));
    says("! /camera: nobody publishes it; there are /camera2, /wrist/color: set topic, or start what is missing");
  }

  @Test
  void aTopicThatNothingLikeItIsThereForIsNamed() {
    cameraIsSilent();
    replace("/camera");
    says("! /camera: nobody publishes it; no topic of type sensor_msgs/msg/Image is there: set topic, or start what is missing");
  }

  @Test
  void aCameraOfTheOtherTransportIsNamedWithTheKeyToSet() {
    cameraIsSilent();
    replace("/camera", SeenRobot.publisher("/camera", SeenRobot.COMPRESSED));
    says("! /camera: is published as sensor_msgs/msg/CompressedImage, not sensor_msgs/msg/Image: set transport: compressed");
    robot.image = SeenRobot.stream("/camera", SeenRobot.COMPRESSED, 0);
    replace("/camera", SeenRobot.publisher("/camera", SeenRobot.IMAGE));
    says("! /camera: is published as sensor_msgs/msg/Image, not sensor_msgs/msg/CompressedImage: set transport: raw");
  }

  @Test
  void aTopicOfQuiteAnotherTypeIsNamed() {
    cameraIsSilent();
    replace("/camera", SeenRobot.publisher("/camera", "sensor_msgs/msg/PointCloud2"));
    says("! /camera: is published as sensor_msgs/msg/PointCloud2, not sensor_msgs/msg/Image: set topic to one of type sensor_msgs/msg/Image");
    replace("/camera", SeenRobot.publisher("/camera", ""));
    says("! /camera: is published as a type that is none of ROS's, not sensor_msgs/msg/Image: set topic to one of type sensor_msgs/msg/Image");
  }

  @Test
  void aPublisherThatOffersTooLittleIsNamedWithTheKeyToSet() {
    cameraIsSilent();
    robot.reliability = Reliability.RELIABLE;
    replace("/camera", new TopicEndpoint(Kind.PUBLISHER, "/camera", SeenRobot.IMAGE, Reliability.BEST_EFFORT, Durability.VOLATILE, "/driver"));
    says("! /camera: its publisher (/driver) offers best_effort, and the robot file asks for reliable: set reliability: best_effort");
  }

  @Test
  void aPublisherThatIsSilentIsToldFromOneThatIsNotThere() {
    cameraIsSilent();
    says("! /camera: is published by /robot, and no message came in 5.00 s: is the sensor on, and does the network let large messages through?");
  }

  @Test
  void bytesThatAreNoneOfTheTypeAreToldFromSilence() {
    robot.image = new StreamObservation("/camera", SeenRobot.IMAGE, 0, 12, 0, Double.NaN, Double.NaN, Double.NaN, 0, 0, Double.NaN, Double.NaN);
    says("! /camera: 12 messages of /robot came whose bytes are none of sensor_msgs/msg/Image: its definition differs there");
  }

  @Test
  void twoPublishersOfATopicMix() {
    robot.endpoints.add(new TopicEndpoint(Kind.PUBLISHER, "/joint_states", SeenRobot.STATE, Reliability.RELIABLE, Durability.VOLATILE, ""));
    says("! /joint_states: 2 publishers send it (/robot, a node without a name) and their messages mix; stop all but one");
  }

  @Test
  void aPublisherThatLeftIsToldFromOneThatNeverCame() {
    replace("/camera");
    says("! /camera: came, and then its publisher left: is the sensor still on, and the network steady?");
    robot.endpoints.clear();
    assertFalse(robot.findings().contains("no other node is seen"), robot.findings());
  }

  @Test
  void aStreamThatStopsForLongerThanTheNodeWaitsIsNamed() {
    robot.image = SeenRobot.timed("/camera", SeenRobot.IMAGE, 0.8, 0, 0, 0.005, 0.01);
    says("! /camera: stopped for 0.800 s, and the node holds the robot after 0.500 s (max_age_ms): make it steadier, or raise max_age_ms");
  }

  @Test
  void clocksThatDifferAreToldFromASlowNetwork() {
    robot.image = SeenRobot.timed("/camera", SeenRobot.IMAGE, 0.034, 0, 0, 7.25, 7.5);
    says("! /camera: arrives 7.25 s or more after its stamp, and the node holds the robot after 0.500 s (max_age_ms): set the clocks of both machines by NTP or PTP");
    robot.image = SeenRobot.timed("/camera", SeenRobot.IMAGE, 0.034, 0, 0, 0.02, 0.9);
    says("! /camera: arrives up to 0.900 s after its stamp, and the node holds the robot after 0.500 s (max_age_ms): the network or the sender is too slow");
    robot.image = SeenRobot.timed("/camera", SeenRobot.IMAGE, 0.034, 0, 0, -3, -2.9);
    says("! /camera: is stamped up to 3.00 s in the future: set the clocks of both machines by NTP or PTP");
  }

  @Test
  void stampsThatAreMissingOrGoBackAreNamed() {
    robot.image = SeenRobot.timed("/camera", SeenRobot.IMAGE, 0.034, 150, 0, Double.NaN, Double.NaN);
    says("- /camera: 150 of 150 messages have no stamp, so their age counts from their arrival and what they took to come is not seen");
    robot.image = SeenRobot.timed("/camera", SeenRobot.IMAGE, 0.034, 0, 3, 0.005, 0.01);
    says("! /camera: its stamps went back 3 times: several senders, or a clock that is set while it runs");
  }

  @Test
  void messagesThatWereLostAreNoted() {
    robot.image = new StreamObservation("/camera", SeenRobot.IMAGE, 150, 2, 7, 30, 0.001, 0.034, 0, 0, 0.005, 0.01);
    says("- /camera: 7 messages were lost on the way and 2 were malformed; 150 came");
  }

  @Test
  void picturesThatCannotBeUsedAreNamedWithTheReason() {
    robot.camera = robot.camera(640, 480, 0, 150, "image encoding must be rgb8, found 'yuv422'");
    says("! /camera: 150 of 150 messages cannot be used: image encoding must be rgb8, found 'yuv422'");
    robot.camera = robot.camera(640, 480, 2, 0, "");
    says("! /camera: the size of its pictures changes: another sender or a driver that is not set up");
  }

  @Test
  void aCropThatDoesNotFitIsNamed() {
    robot.crop = Optional.of(new Crop(600, 0, 480, 480));
    says("! /camera: its crop reaches beyond its pictures of 640x480: change crop");
  }

  @Test
  void picturesOfAnotherShapeThanRecordedGetACropThatKeepsTheShape() {
    robot.policy = Optional.of(SeenRobot.policy(2, 96, 96));
    says("! /camera: the data set has pictures of 96x96, the robot's have 640x480 and would be distorted: "
        + "crop: {x: 80, y: 0, width: 480, height: 480} would keep the shape; take the part that the data set's pictures show");
    robot.crop = Optional.of(new Crop(80, 0, 480, 480));
    says("- /camera: the data set has pictures of 96x96, the robot's have 480x480 after the crop: they are resized");
    robot.policy = Optional.of(SeenRobot.policy(2, 480, 480));
    says("");
  }

  @Test
  void picturesThatComeMoreSlowlyThanRecordedAreNoted() {
    robot.trainedWith(List.of(), List.of(), 60);
    says("- /camera: 30.0 pictures come a second; the data set was recorded with 60.0, so the policy will act on older ones than it has learnt");
    robot.simulatedTime = true; // a simulator may run at any speed
    robot.clock = SeenRobot.stream("/clock", "rosgraph_msgs/msg/Clock", 150);
    says("");
  }

  @Test
  void jointsThatDoNotArriveAreNamedWithThoseThatMayBeMeant() {
    robot.state = robot.state(Set.of(List.of("shoulder", "elbow_joint", "wrist_joint")));
    says("! /joint_states: joints [elbow] do not arrive; there are [shoulder, elbow_joint, wrist_joint]: "
        + "rename in the robot file, perhaps elbow to elbow_joint");
    robot.state = robot.state(Set.of(List.of("shoulder")));
    says("! /joint_states: joints [elbow] do not arrive; there are [shoulder]: name them in the robot file as the robot does");
  }

  @Test
  void jointsThatComeInSeparateMessagesAreToldFromMissingOnes() {
    robot.state = new StateObservation(SeenRobot.stream("/joint_states", SeenRobot.STATE, 150), 0, Set.of(List.of("shoulder"), List.of("elbow")),
        robot.positions, Set.of(), Set.of(), 0);
    String text = robot.findings();
    assertTrue(text.startsWith("! /joint_states: the joints come in separate messages [[") && text.contains("[shoulder]") && text.contains("[elbow]")
        && text.endsWith("let joint_state_broadcaster or joint_state_publisher (source_list) bring them together"), text);
  }

  @Test
  void messagesOfStateThatTheNodeRefusesAreNamed() {
    StreamObservation stream = SeenRobot.stream("/joint_states", SeenRobot.STATE, 150);
    robot.state = new StateObservation(stream, 0, Set.of(robot.names), robot.positions, Set.of("elbow", "other"), Set.of("shoulder"), 4);
    says("! /joint_states: joint elbow is named twice in a message: such messages are refused\n"
        + "! /joint_states: joint shoulder has a position that is no number: such messages are refused\n"
        + "! /joint_states: 4 of 150 messages have another number of positions than of names: they are refused");
  }

  @Test
  void aCommandThatNobodyTakesIsNamedWithTheControllersThere() {
    replace("/commands", SeenRobot.subscription("/arm/commands", SeenRobot.ARRAY), SeenRobot.subscription("/arm/joint_trajectory", SeenRobot.TRAJECTORY));
    says("! /commands: nobody takes commands there; there are /arm/commands (std_msgs/msg/Float64MultiArray), "
        + "/arm/joint_trajectory (trajectory_msgs/msg/JointTrajectory): set topic, or start what is missing");
  }

  @Test
  void aControllerThatTakesAnotherTypeIsNamedWithTheKeyToSet() {
    replace("/commands", SeenRobot.subscription("/commands", SeenRobot.TRAJECTORY));
    says("! /commands: /controller takes trajectory_msgs/msg/JointTrajectory there, not std_msgs/msg/Float64MultiArray: set command.type: joint_trajectory");
    replace("/commands", SeenRobot.subscription("/commands", "geometry_msgs/msg/Twist"));
    says("! /commands: /controller takes geometry_msgs/msg/Twist there, not std_msgs/msg/Float64MultiArray: "
        + "set command.topic to a controller that takes one of the types of docs/robots.md");
  }

  @Test
  void aControllerThatAsksForOldCommandsIsNamed() {
    replace("/commands", new TopicEndpoint(Kind.SUBSCRIPTION, "/commands", SeenRobot.ARRAY, Reliability.RELIABLE, Durability.TRANSIENT_LOCAL, "/old"));
    says("! /commands: /old asks for transient_local commands, which the node does not offer: an old command must not move a robot that comes late");
  }

  @Test
  void anotherSenderOfCommandsIsNamed() {
    robot.endpoints.add(SeenRobot.publisher("/commands", SeenRobot.ARRAY));
    says("! /commands: commands come from /robot already, and two senders fight: stop it before you run the policy");
  }

  private static final String FORWARDS = "- /commands: /controller has no command timeout, as no controller has that forwards positions: if the node dies, "
      + "the joints stay where the last command put them; a joint_trajectory_controller has one";

  private void takesTrajectories(ControllerObservation controller) {
    robot.command = CommandTarget.Type.JOINT_TRAJECTORY;
    replace("/commands", SeenRobot.subscription("/commands", SeenRobot.TRAJECTORY));
    robot.controllers.put("/controller", controller);
  }

  private void forwards(String... joints) {
    robot.controllers.put("/controller", new ControllerObservation(List.of(joints), Double.NaN, Double.NaN, false, ""));
  }

  @Test
  void aControllersJointsAreComparedAsItsMessagesNameThem() {
    forwards("elbow", "shoulder");
    String both = "/controller commands joints [elbow, shoulder], the robot file's actions are [shoulder, elbow]";
    says("! /commands: " + both + ": its values go without names, so they must be as many and in the same order\n" + FORWARDS);
    forwards("joint_1", "joint_2");
    says("- /commands: /controller commands joints [joint_1, joint_2], the robot file's actions are [shoulder, elbow]: "
        + "its values go without names; see that each is where it belongs\n" + FORWARDS);
    takesTrajectories(SeenRobot.controller("joint_1", "joint_2"));
    says("! /commands: /controller commands joints [joint_1, joint_2], the robot file's actions are [shoulder, elbow]: name them alike");
    takesTrajectories(SeenRobot.controller("elbow", "shoulder"));
    says(""); // trajectories name their joints
  }

  @Test
  void aControllerOfTrajectoriesWithoutATimeoutNeedsOne() {
    takesTrajectories(new ControllerObservation(robot.names, 0, 0, true, "splines"));
    says("! /commands: /controller has no command timeout: if the node dies, the last trajectory ends at rest, and the arm presses on towards that end "
        + "for ever, whatever is in its way; set its cmd_timeout, to 0.5 say");
    takesTrajectories(new ControllerObservation(robot.names, 0.5, 0.5, true, "splines"));
    says("! /commands: /controller ignores its cmd_timeout of 0.500 s, because its constraints.goal_time is 0.500 s: set cmd_timeout above it");
  }

  @Test
  void aControllerThatPlaysTrajectoriesOtherwiseThanTheyAreMeantIsNamed() {
    takesTrajectories(new ControllerObservation(robot.names, 0.5, 0, false, "none"));
    says("! /commands: /controller jumps from point to point: set its interpolation_method: splines\n"
        + "- /commands: /controller goes to a point that lies ahead from where the joints are measured, which shakes the robot where the clocks differ: "
        + "set its interpolate_from_desired_state: true (Humble: open_loop_control)");
  }

  @Test
  void whoTakesTrajectoriesAndDoesNotSayHowIsForPeopleToSee() {
    String text = "- /commands: /controller does not say whether it has a command timeout: see that the robot comes to rest when commands stop";
    takesTrajectories(new ControllerObservation(robot.names, Double.NaN, Double.NaN, false, ""));
    says(text);
    robot.controllers.clear();
    says(text);
  }

  @Test
  void velocitiesThatAreForwardedGoOnForEverAndThatNeedsAttention() {
    robot.kind = ActionKind.VELOCITY;
    forwards("shoulder", "elbow");
    says("! /commands: /controller has no command timeout, as no controller has that forwards velocities: if the node dies, [shoulder, elbow] go on as "
        + "they were told last; see that the driver stops them, or command positions by a joint_trajectory_controller");
    robot.kind = ActionKind.ABSOLUTE;
    says(FORWARDS);
  }

  @Test
  void simulatedTimeThatIsNotFollowedIsSaidOnceAndStampsAreLeftAlone() {
    robot.clock = SeenRobot.stream("/clock", "rosgraph_msgs/msg/Clock", 150);
    robot.image = SeenRobot.timed("/camera", SeenRobot.IMAGE, 0.034, 0, 0, 1.7e9, 1.7e9);
    says("! /clock: is published, so time is simulated: give -p use_sim_time:=true");
  }

  @Test
  void simulatedTimeThatDoesNotComeIsNamed() {
    robot.simulatedTime = true;
    says("! /clock: use_sim_time is set and nobody publishes it: start the simulator, or leave use_sim_time out");
    robot.endpoints.add(SeenRobot.publisher("/clock", "rosgraph_msgs/msg/Clock"));
    says("! /clock: use_sim_time is set and its publisher sends nothing: start the simulator, or leave use_sim_time out");
  }

  @Test
  void stampsOfTheTimeBeforeASimulatorsResetAreNotFromTheFuture() {
    robot.simulatedTime = true;
    robot.image = SeenRobot.timed("/camera", SeenRobot.IMAGE, 0.034, 0, 1, -5, 0.01);
    robot.clock = SeenRobot.timed("/clock", "rosgraph_msgs/msg/Clock", 0.034, 0, 1, Double.NaN, Double.NaN);
    says("");
    robot.clock = SeenRobot.timed("/clock", "rosgraph_msgs/msg/Clock", 0.034, 0, 0, Double.NaN, Double.NaN);
    says("! /camera: is stamped up to 5.00 s in the future: set the clocks of both machines by NTP or PTP");
  }

  @Test
  void aPolicyThatDoesNotFitTheRobotFileIsNamedWithBothSides() {
    robot.policy = Optional.of(SeenRobot.policy(3, 640, 480));
    says("! policy: state: the policy has 3 values, robot arm has 2 joints [shoulder, elbow]");
  }

  @Test
  void theDataSetsOrderIsComparedWhereItsNamesAreTheRobots() {
    robot.trainedWith(List.of("elbow.pos", "shoulder.pos"), List.of("motor_2", "motor_1"), 30);
    says("! state: DATA has the order [elbow, shoulder], the robot file [shoulder, elbow]: use the data set's");
  }

  @Test
  void statisticsThatAreMissingOrOfAnotherSizeAreNamed() {
    robot.trainedWith();
    says("- state: DATA has no statistics of it, so its values are not compared");
    robot.trainedWith(new JointStatistics(0, 1, -2, 2));
    says("! state: DATA has 1 values, the robot file has 2 joints");
  }

  @Test
  void aJointThatStandsWhereTheDataSetHasNoneIsNamedWithItsZScore() {
    robot.trainedWith(new JointStatistics(0, 0.2, -0.5, 0.5), new JointStatistics(1, 0.1, 0.8, 1.2));
    says("! elbow: stands at 0.200 in the data set's unit; DATA has 0.800 to 1.20 (z-score -8.0): "
        + "move it to where recordings began, or correct unit, scale, sign or offset");
  }

  @Test
  void aJointThatNeverMovedInTheDataSetMustStandThere() {
    robot.trainedWith(new JointStatistics(0.1, 0.2, -0.5, 0.5), new JointStatistics(0.25, 0, 0.25, 0.25));
    says("! elbow: stands at 0.200 in the data set's unit; it never moved from 0.250 in DATA: bring it there, the policy knows no other value");
    robot.trainedWith(new JointStatistics(0.1, 0.2, -0.5, 0.5), new JointStatistics((float) 0.2, 0, (float) 0.2, (float) 0.2));
    says("");
  }

  @Test
  void aGuessIsSaidAsOneAndTakesThePlaceOfWhatItExplains() {
    robot.positions = Map.of("shoulder", 1.2, "elbow", 0.9);
    robot.state = robot.state(Set.of(robot.names));
    robot.trainedWith(new JointStatistics(65, 8, 50, 80), new JointStatistics(40, 10, 20, 60));
    says("! shoulder, elbow: a guess: values are 57.3 times too small: radians here, degrees in the data set; set unit: degrees in state, "
        + "and see whether the other joints and the actions need it too");
  }

  @Test
  void namesFromTheNetworkCannotOrderTheTerminalNorFloodIt() {
    String hostile = "\u001b[2J";
    robot.state = robot.state(Set.of(List.of("shoulder", hostile + "x".repeat(100_000))));
    String text = robot.findings();
    assertFalse(text.contains("\u001b"), text);
    assertTrue(text.length() < 2000, () -> text.length() + " characters");
  }

  @Test
  void whatNeedsAttentionComesFirst() {
    robot.image = SeenRobot.timed("/camera", SeenRobot.IMAGE, 0.034, 150, 0, Double.NaN, Double.NaN);
    robot.endpoints.add(SeenRobot.publisher("/commands", SeenRobot.ARRAY));
    assertEquals(List.of(Finding.Level.ATTENTION, Finding.Level.NOTE), robot.check().findings().stream().map(Finding::level).toList());
  }
}
