package flowmatching.ros.graph;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** What every adapter of {@link RobotGraph} does. A test class for an adapter extends this one and joins nodes. */
@Timeout(120)
public abstract class RobotGraphContract
    implements TopicContract, QualityContract, ServiceContract, ClosingContract, ClockContract, ParameterContract {
  private final List<RobotGraph> nodes = new ArrayList<>();

  /** A new node that sees the other nodes of the same test, and no others. */
  protected abstract RobotGraph join(GraphNames names, boolean simulatedTime);

  @Override
  public RobotGraph node(GraphNames names, boolean simulatedTime) {
    RobotGraph node = join(names, simulatedTime);
    nodes.add(node);
    return node;
  }

  @AfterEach
  void closeNodes() {
    nodes.forEach(RobotGraph::close);
  }
}
