package flowmatching.ros.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.ros.wire.DiscoverySettings.Range;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiscoverySettingsTest {
  @Test
  void withoutVariablesTheSubnetAndDomain0AreSearched() {
    assertEquals(new DiscoverySettings(0, Range.SUBNET, List.of()), DiscoverySettings.of(Map.of("ROS_DOMAIN_ID", "")));
  }

  @Test
  void everyVariableCounts() {
    assertEquals(new DiscoverySettings(42, Range.OFF, List.of("robot.local", "10.0.0.7")), DiscoverySettings.of(Map.of(
        "ROS_DOMAIN_ID", "42", "ROS_AUTOMATIC_DISCOVERY_RANGE", "OFF", "ROS_STATIC_PEERS", "robot.local;10.0.0.7;")));
  }

  @Test
  void localhostOnlyOutweighsRangeAndPeers() {
    assertEquals(new DiscoverySettings(0, Range.LOCALHOST, List.of()), DiscoverySettings.of(Map.of(
        "ROS_LOCALHOST_ONLY", "1", "ROS_AUTOMATIC_DISCOVERY_RANGE", "SUBNET", "ROS_STATIC_PEERS", "robot.local")));
    assertEquals(Range.SUBNET, DiscoverySettings.of(Map.of("ROS_LOCALHOST_ONLY", "0")).range());
  }

  @ParameterizedTest
  @CsvSource({"ROS_DOMAIN_ID, one", "ROS_DOMAIN_ID, -1", "ROS_DOMAIN_ID, 233", "ROS_AUTOMATIC_DISCOVERY_RANGE, near"})
  void whatRosDoesNotKnowIsRefusedByName(String variable, String value) {
    String message = assertThrows(BadInputException.class, () -> DiscoverySettings.of(Map.of(variable, value))).getMessage();
    assertTrue(message.startsWith(variable + ": expected ") && message.contains(value), message);
  }
}
