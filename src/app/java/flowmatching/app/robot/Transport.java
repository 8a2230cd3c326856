package flowmatching.app.robot;

import flowmatching.BadInputException;
import flowmatching.ros.dds.DdsGraph;
import flowmatching.ros.dds.DiscoverySettings;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.RobotGraph;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** How the node joins the robot's graph. */
public enum Transport {
  /** The ROS 2 wire itself, on a machine that needs no ROS. Which graph is said by ROS's own environment variables. */
  DDS {
    @Override
    public RobotGraph join(GraphNames names, boolean simulatedTime) {
      return DdsGraph.join(names, simulatedTime, DiscoverySettings.of(System.getenv()));
    }
  };

  /** Joins as a node of that name; the clock follows {@code /clock} where time is simulated. */
  public abstract RobotGraph join(GraphNames names, boolean simulatedTime);

  /** Reads a name as users write it. */
  public static Transport parse(String name) {
    List<String> known = Arrays.stream(values()).map(value -> value.name().toLowerCase(Locale.ROOT)).toList();
    if (!known.contains(name)) {
      throw new BadInputException("--transport: expected one of " + known + ", found '" + name + "'");
    }
    return valueOf(name.toUpperCase(Locale.ROOT));
  }
}
