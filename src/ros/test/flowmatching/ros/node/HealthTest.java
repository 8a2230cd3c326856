package flowmatching.ros.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import flowmatching.control.ControllerState;
import flowmatching.control.ControllerStatus;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.SystemClock;
import flowmatching.ros.inprocess.InProcessGraph;
import flowmatching.ros.message.DiagnosticStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HealthTest {
  private static ControllerStatus status(ControllerState state) {
    return new ControllerStatus(state, "because", false);
  }

  @ParameterizedTest
  @CsvSource({"ACTIVE, 0", "INACTIVE, 0", "UNCONFIGURED, 1", "HOLDING, 1", "STOPPING, 1", "ERROR, 2"})
  void theLevelFollowsTheState(ControllerState state, byte level) {
    Health health = Health.of(status(state), new SystemClock(), false);
    assertEquals(level, health.level());
    assertEquals(state.sentence() + " Because.", health.message());
  }

  @Test
  void aNodeThatIsReadySaysWhichServiceLeadsOn() {
    Health health = Health.of(new ControllerStatus(ControllerState.INACTIVE, "configured", false), new SystemClock(), false);
    assertEquals("Ready; no commands are published until ~/enable is called. Configured.", health.message());
  }

  @Test
  void anEmergencyStopIsAnErrorWhateverTheState() {
    assertEquals(DiagnosticStatus.ERROR, Health.level(new ControllerStatus(ControllerState.STOPPING, "pressed", true)));
  }

  @Test
  void aNodeThatIsShutDownIsStale() {
    Health health = Health.of(status(ControllerState.UNCONFIGURED), new SystemClock(), true);
    assertEquals(new Health(DiagnosticStatus.STALE, "The node is shut down."), health);
  }

  @Test
  void aClockThatNobodyDrivesIsAWarning() {
    try (InProcessGraph graph = new InProcessGraph()) {
      Health health = Health.of(status(ControllerState.ACTIVE), graph.join(GraphNames.of("/", "policy"), true).clock(), false);
      assertEquals(DiagnosticStatus.WARN, health.level());
      assertEquals(
          "The policy commands the robot. Because. There is no time on /clock yet, and use_sim_time is set.", health.message());
    }
  }
}
