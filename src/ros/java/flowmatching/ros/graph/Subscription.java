package flowmatching.ros.graph;

/** The receiving end of a topic. */
public interface Subscription extends Endpoint {
  /** Messages handed to the listener so far. */
  long received();

  /** Messages that newer ones pushed out of the queue before the listener saw them. */
  long dropped();

  /** Messages that were refused because their bytes were none of the topic's type; 0 where messages are not sent as bytes. */
  default long refused() {
    return 0;
  }

  /** Messages between the first one and the newest one that never came here; 0 where there is no network. */
  default long lost() {
    return 0;
  }

  /** Publishers connected now: same topic, same type, and offering at least the quality asked for. */
  int publishers();
}
