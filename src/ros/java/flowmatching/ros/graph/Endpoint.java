package flowmatching.ros.graph;

/** A part of a node that can be closed alone: a subscription, publisher, service server or client, or listener of the clock. */
public interface Endpoint extends AutoCloseable {
  /** The topic's or service's name, resolved: absolute and remapped. */
  String name();

  /** Takes it out of the graph. Closing twice does nothing. */
  @Override
  void close();
}
