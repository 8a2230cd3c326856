package flowmatching.ros.parameter;

import flowmatching.ros.message.FloatingPointRange;
import flowmatching.ros.message.IntegerRange;
import flowmatching.ros.message.Parameter;
import flowmatching.ros.message.ParameterDescriptor;
import flowmatching.ros.message.ParameterValue;
import java.util.Arrays;
import java.util.List;

/** Parameters as ROS writes them in messages, and back. */
final class ParameterMessages {
  private ParameterMessages() {}

  /** The value of a parameter; there must be one of that name. */
  static ParameterValue value(Parameters parameters, String name) {
    Object value = parameters.value(name);
    return switch (parameters.definition(name).type()) {
      case BOOL -> ParameterValue.of((boolean) value);
      case INTEGER -> ParameterValue.of((long) value);
      case DOUBLE -> ParameterValue.of((double) value);
      case STRING -> ParameterValue.of((String) value);
    };
  }

  /** Name and value of a parameter; there must be one of that name. */
  static Parameter parameter(Parameters parameters, String name) {
    return new Parameter(name, value(parameters, name));
  }

  /** What a message carries: a scalar of {@link ParameterType}, a list of values, or null for none or an unknown type. */
  static Object value(ParameterValue message) {
    return switch (message.type()) {
      case ParameterValue.BOOL -> message.boolValue();
      case ParameterValue.INTEGER -> message.integerValue();
      case ParameterValue.DOUBLE -> message.doubleValue();
      case ParameterValue.STRING -> message.stringValue();
      case ParameterValue.BYTE_ARRAY, ParameterValue.BOOL_ARRAY -> List.of(); // no parameter takes one
      case ParameterValue.INTEGER_ARRAY -> Arrays.stream(message.integerArrayValue()).boxed().toList();
      case ParameterValue.DOUBLE_ARRAY -> Arrays.stream(message.doubleArrayValue()).boxed().toList();
      case ParameterValue.STRING_ARRAY -> message.stringArrayValue();
      default -> null;
    };
  }

  /** The number that stands for a type in messages. */
  static byte type(ParameterType type) {
    return switch (type) {
      case BOOL -> ParameterValue.BOOL;
      case INTEGER -> ParameterValue.INTEGER;
      case DOUBLE -> ParameterValue.DOUBLE;
      case STRING -> ParameterValue.STRING;
    };
  }

  /** What a parameter may be. */
  static ParameterDescriptor descriptor(ParameterDefinition definition) {
    String unit = definition.unit().isEmpty() ? "" : " Unit: " + definition.unit() + ".";
    String choices = definition.choices().isEmpty() ? "" : "One of: " + String.join(", ", definition.choices()) + ".";
    return new ParameterDescriptor(definition.name(), type(definition.type()), definition.description() + unit, choices,
        definition.readOnly(), false, floatingPointRange(definition), integerRange(definition));
  }

  /** What is said of a name that no parameter bears. */
  static ParameterDescriptor unknown(String name) {
    return new ParameterDescriptor(name, ParameterValue.NOT_SET, "", "", false, false, List.of(), List.of());
  }

  private static List<FloatingPointRange> floatingPointRange(ParameterDefinition definition) {
    return definition.type() == ParameterType.DOUBLE && bounded(definition)
        ? List.of(new FloatingPointRange(definition.minimum(), definition.maximum(), 0)) : List.of();
  }

  private static List<IntegerRange> integerRange(ParameterDefinition definition) {
    return definition.type() == ParameterType.INTEGER && bounded(definition)
        ? List.of(new IntegerRange((long) definition.minimum(), (long) definition.maximum(), 0)) : List.of();
  }

  private static boolean bounded(ParameterDefinition definition) {
    return definition.minimum() > Double.NEGATIVE_INFINITY || definition.maximum() < Double.POSITIVE_INFINITY;
  }
}
