package flowmatching.ros.message;

import java.util.List;

/**
 * {@code diagnostic_msgs/msg/DiagnosticArray}.
 *
 * @param header when it was written
 * @param status one entry a component
 */
public record DiagnosticArray(Header header, List<DiagnosticStatus> status) {
  public static final MessageType<DiagnosticArray> TYPE =
      new MessageType<>("diagnostic_msgs/msg/DiagnosticArray", DiagnosticArray.class);

  public DiagnosticArray {
    status = List.copyOf(status);
  }
}
