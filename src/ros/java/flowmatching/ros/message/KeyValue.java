package flowmatching.ros.message;

/**
 * {@code diagnostic_msgs/msg/KeyValue}.
 *
 * @param key what is measured
 * @param value its value as text
 */
public record KeyValue(String key, String value) {}
