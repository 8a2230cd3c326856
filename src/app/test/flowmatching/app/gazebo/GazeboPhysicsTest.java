package flowmatching.app.gazebo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.TestData;
import flowmatching.control.JointLimits;
import flowmatching.ros.message.Pose;
import flowmatching.ros.message.Position;
import flowmatching.ros.node.ActionJoint;
import flowmatching.ros.robot.RobotFile;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The expert's paths in the physics engine of Gazebo Fortress, which takes 300 packages to install: not among the tests of every change.
 * docs/gazebo.md says how to run it.
 */
@Tag("physics")
class GazeboPhysicsTest {
  private static final int SEEDS = 30;
  private static final double PERIOD = 0.004;
  private static final Path HOME = TestData.home();
  private static final List<JointLimits> LIMITS =
      RobotFile.read(HOME.resolve("config/robots/gazebo_arm.yaml")).actions().stream().map(ActionJoint::limits).toList();

  @Test
  void theExpertPutsTheCubeOnTheSpotFromEveryPlace() throws IOException, InterruptedException {
    for (int seed = 0; seed < SEEDS; seed++) {
      Pose start = CubeTask.start(seed);
      Position end = play(start, CubeTask.solution(LIMITS, CubeTask.HOME, start));
      assertTrue(CubeTask.done(new Pose(end, start.orientation()), TabletopArm.OPEN), "seed " + seed + ": " + end);
    }
  }

  @Test
  void aHandThatDoesNotCloseLeavesTheCubeWhereItIs() throws IOException, InterruptedException {
    Pose start = CubeTask.start(0);
    Position end = play(start, new JointPath(LIMITS, CubeTask.HOME).rest(1));
    assertEquals(0, Math.hypot(end.x() - start.position().x(), end.y() - start.position().y()), 1e-3);
    assertEquals(0.02, end.z(), 1e-3);
  }

  private static Position play(Pose start, JointPath path) throws IOException, InterruptedException {
    String program = System.getenv("FLOWMATCHING_GAZEBO_PHYSICS");
    assertNotNull(program, "FLOWMATCHING_GAZEBO_PHYSICS: the program made from src/testdata/tools/gazebo_physics.cpp");
    Process process = new ProcessBuilder(program, HOME.resolve("worlds/tabletop.sdf").toString(), HOME.resolve("worlds/arm.urdf").toString(),
        "/usr/lib/x86_64-linux-gnu/libignition-physics5-dartsim-plugin.so.5", String.valueOf(start.position().x()),
        String.valueOf(start.position().y()), String.valueOf(start.orientation().yaw())).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (Writer out = process.outputWriter(StandardCharsets.US_ASCII)) {
      for (double time = 0; time < path.seconds(); time += PERIOD) {
        for (double position : path.positions(time)) {
          out.write(position + " ");
        }
        out.write("\n");
      }
    }
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertEquals(0, process.waitFor());
    double[] place = Urdf.numbers(printed);
    return new Position(place[0], place[1], place[2]);
  }
}
