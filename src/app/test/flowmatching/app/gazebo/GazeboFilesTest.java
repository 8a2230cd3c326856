package flowmatching.app.gazebo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import flowmatching.TestData;
import flowmatching.control.JointLimits;
import flowmatching.ros.node.ActionJoint;
import flowmatching.ros.node.CameraSource;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.robot.RobotFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;

/** The files that bring the arm up in Gazebo agree with each other, and libsdformat accepts them. */
class GazeboFilesTest {
  private static final Path HOME = TestData.home();
  private static final RobotDescription ROBOT = RobotFile.read(HOME.resolve("config/robots/gazebo_arm.yaml"));

  @TempDir Path directory;

  private final Urdf arm = Urdf.read();

  private static JsonNode yaml(String file) throws IOException {
    return new YAMLMapper().readTree(HOME.resolve(file).toFile());
  }

  private static List<String> strings(JsonNode array) {
    List<String> strings = new ArrayList<>();
    array.forEach(item -> strings.add(item.textValue()));
    return strings;
  }

  private static String attribute(Element element) {
    return element.getAttribute("name");
  }

  /** Debian's libsdformat12-12: what Gazebo reads its files with. 0 where it finds nothing wrong. */
  private static int check(Path file) {
    try {
      return NativeLibrary.getInstance("libsdformat12.so.12").getFunction("cmdCheck", Function.C_CONVENTION, "UTF-8").invokeInt(new Object[] {file.toString()});
    } catch (UnsatisfiedLinkError e) {
      return abort("libsdformat12-12 is not installed: " + e.getMessage());
    }
  }

  private static Set<String> arguments(String launchFile) throws IOException {
    return Pattern.compile("DeclareLaunchArgument\\(\\s*'(\\w+)'").matcher(Files.readString(HOME.resolve("launch").resolve(launchFile))).results()
        .map(declared -> declared.group(1)).collect(Collectors.toSet());
  }

  @Test
  void theLaunchFileHasEveryArgumentOfThePolicysThatTheTableDoesNotDecide() throws IOException {
    Set<String> wanted = new HashSet<>(arguments("policy.launch.py"));
    wanted.removeAll(Set.of("robot", "namespace", "use_sim_time"));
    Set<String> declared = new HashSet<>(arguments("gazebo.launch.py"));
    declared.removeAll(Set.of("headless", "world"));
    assertEquals(wanted, declared);
    String passedOn = Files.readString(HOME.resolve("launch/gazebo.launch.py")).lines().filter(line -> line.startsWith("POLICY = ")).findFirst().orElseThrow();
    assertEquals(declared, Pattern.compile("'(\\w+)'").matcher(passedOn).results().map(name -> name.group(1)).collect(Collectors.toSet()));
  }

  @Test
  void libsdformatAcceptsTheWorldAndMakesAModelOfTheArm() {
    assertEquals(0, check(HOME.resolve("worlds/tabletop.sdf")));
    assertEquals(0, check(HOME.resolve("worlds/arm.urdf")));
  }

  @Test
  void libsdformatFindsWhatIsWrong() throws IOException {
    Path broken = directory.resolve("broken.sdf");
    Files.writeString(broken, Files.readString(HOME.resolve("worlds/tabletop.sdf")).replace("<mass>0.05</mass>", "<mass>-1</mass>"));
    assertNotEquals(0, check(broken));
  }

  @Test
  void armControllersAndRobotFileNameTheSameJoints() throws IOException {
    List<String> joints = arm.joints().stream().map(GazeboFilesTest::attribute).toList();
    assertEquals(TabletopArm.JOINTS, joints);
    assertEquals(joints, ROBOT.actionNames());
    assertEquals(joints, ROBOT.state().names());
    assertEquals(joints, strings(yaml("config/gazebo/controllers.yaml").at("/joint_trajectory_controller/ros__parameters/joints")));
    assertEquals(joints, arm.children(arm.child(null, "ros2_control"), "joint").stream().map(GazeboFilesTest::attribute).toList());
  }

  /** Not at them: DART may hold a joint that stands at a limit for good. The gripper did in GazeboPhysicsTest. */
  @Test
  void theRobotFilesLimitsAreWithinTheArms() {
    for (Element joint : arm.joints()) {
      Element limit = arm.child(joint, "limit");
      ActionJoint action = ROBOT.actions().stream().filter(a -> a.name().equals(attribute(joint))).findFirst().orElseThrow();
      JointLimits limits = action.limits();
      assertTrue(limits.minPosition() > Urdf.number(limit, "lower"), attribute(joint));
      assertTrue(limits.maxPosition() < Urdf.number(limit, "upper"), attribute(joint));
      assertTrue(limits.maxVelocity() < Urdf.number(limit, "velocity"), attribute(joint));
      assertTrue(Double.isFinite(limits.maxAcceleration()), attribute(joint));
    }
  }

  @Test
  void theControllersAreSetForTrajectoriesThatAreSentAnew() throws IOException {
    JsonNode controller = yaml("config/gazebo/controllers.yaml").at("/joint_trajectory_controller/ros__parameters");
    assertTrue(controller.path("interpolate_from_desired_state").booleanValue());
    assertTrue(controller.path("cmd_timeout").doubleValue() > controller.at("/constraints/goal_time").doubleValue());
    assertEquals("splines", controller.path("interpolation_method").textValue());
    assertEquals("/joint_trajectory_controller/joint_trajectory", ROBOT.command().topic());
    int rate = yaml("config/gazebo/controllers.yaml").at("/controller_manager/ros__parameters/update_rate").intValue();
    assertEquals(0, (1000 / rate) % 2, "the controllers' period is a whole number of the world's steps of 2 ms");
  }

  @Test
  void theBridgeCarriesWhatTheRobotFileAndTheExpertListenTo() throws IOException {
    List<String> carried = new ArrayList<>();
    yaml("config/gazebo/bridge.yaml").forEach(entry -> carried.add(entry.path("topic_name").textValue()));
    List<String> wanted = new ArrayList<>(List.of("/clock"));
    ROBOT.cameras().stream().map(CameraSource::topic).forEach(wanted::add);
    wanted.add("/model/cube/pose");
    assertEquals(wanted, carried);
    String sensors = Files.readString(HOME.resolve("worlds/tabletop.sdf")) + Files.readString(HOME.resolve("worlds/arm.urdf"));
    ROBOT.cameras().forEach(camera -> assertTrue(sensors.contains("<topic>" + camera.topic().substring(1) + "</topic>"), camera.topic()));
  }

  @Test
  void inertiasAreThoseOfTheShapesWithEvenDensity() {
    for (Element link : arm.children(null, "link")) {
      if (attribute(link).equals("world")) {
        continue;
      }
      Element inertial = arm.child(link, "inertial");
      double mass = Urdf.number(arm.child(inertial, "mass"), "value");
      double[] expected = inertia(mass, arm.child(arm.child(link, "collision"), "geometry"));
      Element inertia = arm.child(inertial, "inertia");
      String[] names = {"ixx", "iyy", "izz"};
      for (int i = 0; i < 3; i++) {
        assertEquals(1, Urdf.number(inertia, names[i]) / expected[i], 1e-4, attribute(link) + " " + names[i]);
      }
      String place = arm.child(inertial, "origin").getAttribute("xyz");
      assertEquals(place, arm.child(arm.child(link, "collision"), "origin").getAttribute("xyz"), attribute(link));
      assertEquals(place, arm.child(arm.child(link, "visual"), "origin").getAttribute("xyz"), attribute(link));
    }
  }

  private double[] inertia(double mass, Element geometry) {
    if (!arm.children(geometry, "box").isEmpty()) {
      double[] size = Urdf.numbers(arm.child(geometry, "box").getAttribute("size"));
      double x = size[0] * size[0];
      double y = size[1] * size[1];
      double z = size[2] * size[2];
      return new double[] {mass / 12 * (y + z), mass / 12 * (x + z), mass / 12 * (x + y)};
    }
    Element cylinder = arm.child(geometry, "cylinder");
    double radius = Urdf.number(cylinder, "radius");
    double length = Urdf.number(cylinder, "length");
    double across = mass / 12 * (3 * radius * radius + length * length);
    return new double[] {across, across, mass / 2 * radius * radius};
  }
}
