package flowmatching.app.robot;

import flowmatching.BadInputException;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.inprocess.InProcessGraph;
import flowmatching.ros.rcljava.RcljavaGraph;
import flowmatching.ros.wire.DiscoverySettings;
import flowmatching.ros.wire.GraphLibrary;
import flowmatching.ros.wire.WireGraph;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** How nodes join a robot's graph. */
public enum Transport {
  /** A graph inside this process: reaches what this process brings itself. */
  EMBEDDED {
    @Override
    public Graph open() {
      return new InProcessGraph()::join;
    }
  },
  /** The ROS 2 wire itself, on a machine that needs no ROS. Which graph is said by ROS's own environment variables. */
  DDS {
    @Override
    public Graph open() {
      DiscoverySettings settings = DiscoverySettings.of(System.getenv());
      return (names, simulatedTime) -> WireGraph.join(names, simulatedTime, settings);
    }
  },
  /** The rcl of a sourced ROS workspace, on every RMW. */
  RCL {
    @Override
    public Graph open() {
      DiscoverySettings settings = DiscoverySettings.of(System.getenv());
      return (names, simulatedTime) -> WireGraph.join(GraphLibrary.RCL, names, simulatedTime, settings);
    }
  },
  /** As a node that the rcljava of a sourced workspace makes; what goes in and out is rcl's, as above. */
  RCLJAVA {
    @Override
    public Graph open() {
      return RcljavaGraph::join;
    }
  },
  /** {@link #RCL} where ROS is sourced, else {@link #DDS}. */
  AUTO {
    @Override
    public Graph open() {
      return (GraphLibrary.ofEnvironment(System.getenv()) == GraphLibrary.RCL ? RCL : DDS).open();
    }
  };

  /** A graph that nodes of this process can join. */
  @FunctionalInterface
  public interface Graph {
    /** A new node; its clock follows {@code /clock} where time is simulated. */
    RobotGraph join(GraphNames names, boolean simulatedTime);
  }

  /**
   * The graph; the embedded one is another each time.
   *
   * @throws BadInputException where the environment does not say which
   */
  public abstract Graph open();

  /** The name as users write it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Reads a name as users write it. */
  public static Transport parse(String name) {
    List<String> known = Arrays.stream(values()).map(Transport::toString).toList();
    if (!known.contains(name)) {
      throw new BadInputException("--transport: expected one of " + known + ", found '" + name + "'");
    }
    return valueOf(name.toUpperCase(Locale.ROOT));
  }
}
