package flowmatching.ros.check;

import flowmatching.BadInputException;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.ServiceClient;
import flowmatching.ros.message.GetParameters;
import flowmatching.ros.message.ParameterValue;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Asks the nodes that listen to commands for their parameter {@code joints}: ros2_control's controllers say there which joints
 * they command, and in which order. It changes nothing.
 */
final class ControllerQuery {
  private static final Logger LOG = LogManager.getLogger(ControllerQuery.class);
  private static final GetParameters.Request JOINTS = new GetParameters.Request(List.of("joints"));

  private final RobotGraph graph;
  private final Map<String, ServiceClient<GetParameters.Request, GetParameters.Response>> clients = new HashMap<>();
  private final Map<String, CompletableFuture<GetParameters.Response>> answers = new HashMap<>();

  ControllerQuery(RobotGraph graph) {
    this.graph = graph;
  }

  /** Asks a node once, as soon as it can be asked; to be called now and then. */
  void ask(String node) {
    try {
      var client = clients.computeIfAbsent(node, name -> graph.client(name + "/get_parameters", GetParameters.TYPE));
      if (!answers.containsKey(node) && client.available()) {
        answers.put(node, client.call(JOINTS));
      }
    } catch (BadInputException e) { // others may bear names that are none in ROS
      LOG.debug("{} is not asked for its joints: {}", node, e.getMessage());
    }
  }

  /** What has been answered until now, by node. */
  Map<String, List<String>> joints() {
    Map<String, List<String>> joints = new HashMap<>();
    answers.forEach((node, answer) -> {
      if (answer.isDone() && !answer.isCompletedExceptionally()) {
        List<ParameterValue> values = answer.join().values();
        if (values.size() == 1 && values.get(0).type() == ParameterValue.STRING_ARRAY) {
          joints.put(node, values.get(0).stringArrayValue());
        }
      }
    });
    return joints;
  }

  void close() {
    clients.values().forEach(ServiceClient::close);
  }
}
