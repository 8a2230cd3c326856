package flowmatching.ros.message;

import java.util.List;

/**
 * {@code diagnostic_msgs/msg/DiagnosticStatus}.
 *
 * @param level {@link #OK}, {@link #WARN}, {@link #ERROR} or {@link #STALE}
 * @param name of the component
 * @param message its state in a sentence
 * @param hardwareId the device, may be empty
 * @param values numbers that belong to it
 */
public record DiagnosticStatus(byte level, String name, String message, String hardwareId, List<KeyValue> values) {
  public static final byte OK = 0;
  public static final byte WARN = 1;
  public static final byte ERROR = 2;
  public static final byte STALE = 3;

  public DiagnosticStatus {
    values = List.copyOf(values);
  }
}
