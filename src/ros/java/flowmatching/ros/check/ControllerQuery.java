package flowmatching.ros.check;

import flowmatching.BadInputException;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.ServiceClient;
import flowmatching.ros.message.GetParameters;
import flowmatching.ros.message.ParameterValue;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Asks the nodes that listen to commands for parameters of ros2_control's controllers: which joints they command, and what they do
 * when commands stop. It changes nothing.
 */
final class ControllerQuery {
  private static final Logger LOG = LogManager.getLogger(ControllerQuery.class);

  private static final String JOINTS = "joints";
  private static final String TIMEOUT = "cmd_timeout";
  private static final String GOAL_TIME = "constraints.goal_time";
  private static final String FROM_DESIRED = "interpolate_from_desired_state";
  private static final String OPEN_LOOP = "open_loop_control";
  private static final String INTERPOLATION = "interpolation_method";
  private static final List<String> PARAMETERS = List.of(JOINTS, TIMEOUT, GOAL_TIME, FROM_DESIRED, OPEN_LOOP, INTERPOLATION);

  private final RobotGraph graph;
  private final Map<String, ServiceClient<GetParameters.Request, GetParameters.Response>> clients = new HashMap<>();
  /** By node and parameter. */
  private final Map<String, Map<String, CompletableFuture<GetParameters.Response>>> answers = new HashMap<>();

  ControllerQuery(RobotGraph graph) {
    this.graph = graph;
  }

  /** Asks a node once, as soon as it can be asked; to be called now and then. */
  void ask(String node) {
    try {
      var client = clients.computeIfAbsent(node, name -> graph.client(name + "/get_parameters", GetParameters.TYPE));
      if (!answers.containsKey(node) && client.available()) {
        // One by one: rclcpp answers nothing at all where one of several is not there.
        answers.put(node, PARAMETERS.stream().collect(Collectors.toMap(Function.identity(), name -> client.call(new GetParameters.Request(List.of(name))))));
      }
    } catch (BadInputException e) { // others may bear names that are none in ROS
      LOG.debug("{} is not asked for its parameters: {}", node, e.getMessage());
    }
  }

  /** Those that command joints and have answered everything until now, by node. */
  Map<String, ControllerObservation> observations() {
    Map<String, ControllerObservation> observations = new HashMap<>();
    answers.forEach((node, answer) -> {
      if (answer.values().stream().allMatch(CompletableFuture::isDone)) {
        value(answer, JOINTS, ParameterValue.STRING_ARRAY).ifPresent(joints -> observations.put(node, new ControllerObservation(
            joints.stringArrayValue(), number(answer, TIMEOUT), number(answer, GOAL_TIME), truth(answer, FROM_DESIRED) || truth(answer, OPEN_LOOP),
            value(answer, INTERPOLATION, ParameterValue.STRING).map(ParameterValue::stringValue).orElse(""))));
      }
    });
    return observations;
  }

  private static double number(Map<String, CompletableFuture<GetParameters.Response>> answers, String name) {
    return value(answers, name, ParameterValue.DOUBLE).map(ParameterValue::doubleValue).orElse(Double.NaN);
  }

  private static boolean truth(Map<String, CompletableFuture<GetParameters.Response>> answers, String name) {
    return value(answers, name, ParameterValue.BOOL).map(ParameterValue::boolValue).orElse(false);
  }

  private static Optional<ParameterValue> value(Map<String, CompletableFuture<GetParameters.Response>> answers, String name, byte type) {
    CompletableFuture<GetParameters.Response> answer = answers.get(name);
    if (answer.isCompletedExceptionally()) {
      return Optional.empty();
    }
    List<ParameterValue> values = answer.join().values();
    return values.size() == 1 && values.get(0).type() == type ? Optional.of(values.get(0)) : Optional.empty();
  }

  void close() {
    clients.values().forEach(ServiceClient::close);
  }
}
