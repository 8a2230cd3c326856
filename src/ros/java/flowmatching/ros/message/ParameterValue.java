package flowmatching.ros.message;

import java.util.List;

/**
 * {@code rcl_interfaces/msg/ParameterValue}: {@code type} says which of the other components holds the value. The arrays are
 * shared and not to be changed.
 *
 * @param type unsigned; one of the constants here, which ROS keeps in {@code rcl_interfaces/msg/ParameterType}
 * @param boolValue for {@link #BOOL}
 * @param integerValue for {@link #INTEGER}
 * @param doubleValue for {@link #DOUBLE}
 * @param stringValue for {@link #STRING}
 * @param byteArrayValue for {@link #BYTE_ARRAY}
 * @param boolArrayValue for {@link #BOOL_ARRAY}
 * @param integerArrayValue for {@link #INTEGER_ARRAY}
 * @param doubleArrayValue for {@link #DOUBLE_ARRAY}
 * @param stringArrayValue for {@link #STRING_ARRAY}
 */
public record ParameterValue(
    byte type, boolean boolValue, long integerValue, double doubleValue, String stringValue, byte[] byteArrayValue,
    boolean[] boolArrayValue, long[] integerArrayValue, double[] doubleArrayValue, List<String> stringArrayValue) {
  public static final byte NOT_SET = 0;
  public static final byte BOOL = 1;
  public static final byte INTEGER = 2;
  public static final byte DOUBLE = 3;
  public static final byte STRING = 4;
  public static final byte BYTE_ARRAY = 5;
  public static final byte BOOL_ARRAY = 6;
  public static final byte INTEGER_ARRAY = 7;
  public static final byte DOUBLE_ARRAY = 8;
  public static final byte STRING_ARRAY = 9;

  private static final byte[] NO_BYTES = {};
  private static final boolean[] NO_BOOLS = {};
  private static final long[] NO_INTEGERS = {};
  private static final double[] NO_DOUBLES = {};

  /** No value at all. */
  public static final ParameterValue NONE = scalar(NOT_SET, false, 0, 0, "");

  public ParameterValue {
    stringArrayValue = List.copyOf(stringArrayValue);
  }

  public static ParameterValue of(boolean value) {
    return scalar(BOOL, value, 0, 0, "");
  }

  public static ParameterValue of(long value) {
    return scalar(INTEGER, false, value, 0, "");
  }

  public static ParameterValue of(double value) {
    return scalar(DOUBLE, false, 0, value, "");
  }

  public static ParameterValue of(String value) {
    return scalar(STRING, false, 0, 0, value);
  }

  private static ParameterValue scalar(byte type, boolean truth, long integer, double real, String text) {
    return new ParameterValue(type, truth, integer, real, text, NO_BYTES, NO_BOOLS, NO_INTEGERS, NO_DOUBLES, List.of());
  }
}
