package flowmatching.ros.dds;

import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.RobotGraphContract;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;

class DdsGraphTest extends RobotGraphContract {
  @BeforeAll
  static void needsFastDds() {
    FastDds.assumeAvailable();
  }

  @Override
  protected RobotGraph join(GraphNames names, boolean simulatedTime) {
    return DdsGraph.join(names, simulatedTime, new DiscoverySettings(101, DiscoverySettings.Range.LOCALHOST, List.of()));
  }
}
