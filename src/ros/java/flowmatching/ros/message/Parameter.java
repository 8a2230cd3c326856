package flowmatching.ros.message;

/**
 * {@code rcl_interfaces/msg/Parameter}.
 *
 * @param name of the parameter
 * @param value what it is, or shall be
 */
public record Parameter(String name, ParameterValue value) {}
