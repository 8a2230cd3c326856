package flowmatching.ros.message;

/**
 * {@code rcl_interfaces/msg/FloatingPointRange}, both ends allowed.
 *
 * @param fromValue least value
 * @param toValue greatest value
 * @param step distance of two allowed values, 0 where all between are
 */
public record FloatingPointRange(double fromValue, double toValue, double step) {}
