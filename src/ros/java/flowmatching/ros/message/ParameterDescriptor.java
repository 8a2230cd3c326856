package flowmatching.ros.message;

import java.util.List;

/**
 * {@code rcl_interfaces/msg/ParameterDescriptor}.
 *
 * @param name of the parameter
 * @param type unsigned; a type of {@link ParameterValue}
 * @param description what it does
 * @param additionalConstraints what is allowed, as far as the ranges cannot say it
 * @param readOnly whether it is given at the start only
 * @param dynamicTyping whether its type may change
 * @param floatingPointRange at most one
 * @param integerRange at most one
 */
public record ParameterDescriptor(
    String name, byte type, String description, String additionalConstraints, boolean readOnly, boolean dynamicTyping,
    List<FloatingPointRange> floatingPointRange, List<IntegerRange> integerRange) {
  public ParameterDescriptor {
    floatingPointRange = List.copyOf(floatingPointRange);
    integerRange = List.copyOf(integerRange);
  }
}
