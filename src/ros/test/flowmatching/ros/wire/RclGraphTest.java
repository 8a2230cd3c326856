package flowmatching.ros.wire;

import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.RobotGraphContract;
import java.util.List;
import org.junit.jupiter.api.Tag;

/**
 * The contract over rcl, in a process of its own where a ROS workspace is sourced (docs/interop.md):
 * {@code ./mvnw -pl src/ros -am test -Dgroups=ros -DexcludedGroups=}.
 */
@Tag("ros")
class RclGraphTest extends RobotGraphContract {
  private static final int DOMAIN = (int) (10 + ProcessHandle.current().pid() % 40 * 2);

  @Override
  protected WireGraph join(GraphNames names, boolean simulatedTime) {
    return WireGraph.join(GraphLibrary.RCL, names, simulatedTime,
        new DiscoverySettings(DOMAIN, DiscoverySettings.Range.LOCALHOST, List.of()));
  }
}
