package flowmatching.ros.rcljava;

import flowmatching.BadInputException;

/**
 * A node of rcljava.
 *
 * @param node an {@code org.ros2.rcljava.node.Node}
 * @param context its {@code org.ros2.rcljava.contexts.Context}, or null where somebody else ends it
 */
record RcljavaNode(Object node, Object context) {
  /** A node of the program. */
  static RcljavaNode of(Object node) {
    if (node == null || !Reflection.has(node.getClass(), "getHandle")) {
      throw new BadInputException("expected an org.ros2.rcljava.node.Node, found " + node);
    }
    return new RcljavaNode(node, null);
  }

  /** Address of its {@code rcl_node_t}. */
  long handle() {
    long handle = (Long) Reflection.call(node, "getHandle");
    if (handle == 0) {
      throw new BadInputException("the node of rcljava is disposed of already");
    }
    return handle;
  }

  String name() {
    return (String) Reflection.call(node, "getName");
  }

  String namespace() {
    return (String) Reflection.call(node, "getNamespace");
  }

  /** Ends the node and its context. */
  void close() {
    Reflection.call(node, "dispose");
    Reflection.call(context, "dispose");
  }
}
