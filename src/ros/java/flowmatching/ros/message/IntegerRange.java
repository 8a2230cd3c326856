package flowmatching.ros.message;

/**
 * {@code rcl_interfaces/msg/IntegerRange}, both ends allowed.
 *
 * @param fromValue least value
 * @param toValue greatest value
 * @param step unsigned; distance of two allowed values, 0 means 1
 */
public record IntegerRange(long fromValue, long toValue, long step) {}
