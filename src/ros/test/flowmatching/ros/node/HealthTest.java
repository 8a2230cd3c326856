package flowmatching.ros.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import flowmatching.control.ControllerState;
import flowmatching.control.ControllerStatus;
import flowmatching.ros.message.DiagnosticStatus;
import java.util.Optional;
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
    Health health = Health.of(status(state), false, Optional.empty(), false);
    assertEquals(level, health.level());
    assertEquals(state.sentence() + " Because.", health.message());
  }

  @Test
  void aNodeThatIsReadySaysWhichServiceLeadsOn() {
    Health health = Health.of(new ControllerStatus(ControllerState.INACTIVE, "configured", false), false, Optional.empty(), false);
    assertEquals("Ready; no commands are published until ~/enable is called. Configured.", health.message());
  }

  @Test
  void anEmergencyStopIsAnErrorWhateverTheState() {
    assertEquals(DiagnosticStatus.ERROR, Health.level(new ControllerStatus(ControllerState.STOPPING, "pressed", true)));
  }

  @Test
  void aNodeThatIsShutDownIsStale() {
    Health health = Health.of(status(ControllerState.UNCONFIGURED), false, Optional.empty(), true);
    assertEquals(new Health(DiagnosticStatus.STALE, "The node is shut down."), health);
  }

  @Test
  void timeThatIsWrongIsAWarning() {
    Health health = Health.of(status(ControllerState.ACTIVE), false, Optional.of("Time stands still."), false);
    assertEquals(new Health(DiagnosticStatus.WARN, "The policy commands the robot. Because. Time stands still."), health);
  }

  @Test
  void inShadowThePolicyIsNotSaidToCommandTheRobot() {
    assertEquals("The policy runs in shadow: no command is published. Because.",
        Health.of(status(ControllerState.ACTIVE), true, Optional.empty(), false).message());
  }
}
