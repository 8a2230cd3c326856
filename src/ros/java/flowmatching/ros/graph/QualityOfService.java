package flowmatching.ros.graph;

/**
 * What a publisher offers and a subscription asks for; the history is always "keep last".
 *
 * @param depth messages kept for a slow receiver, and by a {@link Durability#TRANSIENT_LOCAL} publisher for late ones; 1 or more
 * @param reliability whether lost messages are sent again
 * @param durability whether a subscription that comes late gets messages sent before
 */
public record QualityOfService(int depth, Reliability reliability, Durability durability) {
  /** Whether lost messages are sent again. */
  public enum Reliability {
    BEST_EFFORT, RELIABLE
  }

  /** Whether late subscriptions get earlier messages. */
  public enum Durability {
    VOLATILE, TRANSIENT_LOCAL
  }

  /** ROS's default: reliable, 10 messages. */
  public static final QualityOfService DEFAULT = new QualityOfService(10, Reliability.RELIABLE, Durability.VOLATILE);

  /** ROS's sensor data: best effort, 5 messages. */
  public static final QualityOfService SENSOR_DATA = new QualityOfService(5, Reliability.BEST_EFFORT, Durability.VOLATILE);

  /** Only the newest message counts, whatever the publisher offers: streams of sensors and the clock. */
  public static final QualityOfService NEWEST = new QualityOfService(1, Reliability.BEST_EFFORT, Durability.VOLATILE);

  /** The last message reaches everybody, also those who come late. */
  public static final QualityOfService LATCHED = new QualityOfService(1, Reliability.RELIABLE, Durability.TRANSIENT_LOCAL);

  /** @throws IllegalArgumentException where the depth is less than 1 */
  public QualityOfService {
    if (depth < 1) {
      throw new IllegalArgumentException("queue depth must be at least 1, found " + depth);
    }
  }

  /** Whether a publisher that offers this may serve a subscription that asks for {@code requested}. */
  public boolean satisfies(QualityOfService requested) {
    return reliability.compareTo(requested.reliability) >= 0 && durability.compareTo(requested.durability) >= 0;
  }
}
