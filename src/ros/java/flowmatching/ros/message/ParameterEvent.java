package flowmatching.ros.message;

import java.util.List;

/**
 * {@code rcl_interfaces/msg/ParameterEvent}: what happened to a node's parameters.
 *
 * @param stamp when
 * @param node its full name
 * @param newParameters declared now
 * @param changedParameters set now
 * @param deletedParameters gone now
 */
public record ParameterEvent(
    Time stamp, String node, List<Parameter> newParameters, List<Parameter> changedParameters,
    List<Parameter> deletedParameters) {
  public static final MessageType<ParameterEvent> TYPE =
      new MessageType<>("rcl_interfaces/msg/ParameterEvent", ParameterEvent.class);

  public ParameterEvent {
    newParameters = List.copyOf(newParameters);
    changedParameters = List.copyOf(changedParameters);
    deletedParameters = List.copyOf(deletedParameters);
  }
}
