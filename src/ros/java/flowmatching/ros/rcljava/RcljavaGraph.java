package flowmatching.ros.rcljava;

import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.wire.WireGraph;
import java.util.List;

/**
 * A node of rcljava as a {@link RobotGraph}. rcljava makes the node; what goes in and out is taken from its {@code rcl_node_t} as bytes,
 * because rcljava has no serialized messages, no event when the graph changes and no number of connected ends, and because its two
 * dialects have other classes for each message.
 */
public final class RcljavaGraph {
  private RcljavaGraph() {}

  /**
   * Joins as a new node, made by the rcljava of the sourced workspace in a context of its own.
   *
   * @param names the node's name, namespace and remappings
   * @param simulatedTime whether its clock follows {@code /clock}
   * @throws flowmatching.BadInputException where no workspace that has rcljava is sourced, or the node cannot be made
   */
  public static WireGraph join(GraphNames names, boolean simulatedTime) {
    RcljavaNode node = Rcljava.ofWorkspace().node(names);
    try {
      return WireGraph.joinAs(names, simulatedTime, node.handle(), node::close);
    } catch (RuntimeException e) {
      node.close();
      throw e;
    }
  }

  /**
   * Joins as a node that the program has already, beside what it does itself with it. Close the graph before that node is disposed
   * of, and open and close nothing on the node in another thread meanwhile.
   *
   * @param node an {@code org.ros2.rcljava.node.Node}, spun by the program or by nobody
   * @param remaps for the names that are used through the graph, as {@link GraphNames} has them
   * @param simulatedTime whether the graph's clock follows {@code /clock}
   * @throws flowmatching.BadInputException where {@code node} is none of rcljava's, or is disposed of
   */
  public static WireGraph joinAs(Object node, List<String> remaps, boolean simulatedTime) {
    RcljavaNode joined = RcljavaNode.of(node);
    long handle = joined.handle();
    return WireGraph.joinAs(new GraphNames(joined.namespace(), joined.name(), remaps), simulatedTime, handle, () -> {});
  }
}
