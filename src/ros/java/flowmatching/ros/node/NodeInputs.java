package flowmatching.ros.node;

import flowmatching.control.Counters;
import flowmatching.control.ObservationAssembler;
import flowmatching.control.PolicyController;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.QualityOfService.Durability;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.Subscription;
import flowmatching.ros.message.CompressedImage;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.JointState;
import java.util.LinkedHashMap;
import java.util.Map;

/** The streams that a robot sends: its cameras and joint states. */
final class NodeInputs {
  private final RobotDescription robot;
  private final Map<String, CameraInput> cameras = new LinkedHashMap<>();
  private final StateInput state;
  private final Counters counters;
  private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();

  /** @param counters gets what becomes of the messages */
  NodeInputs(RobotDescription robot, PolicyController controller, Counters counters) {
    this.robot = robot;
    this.counters = counters;
    for (CameraSource source : robot.cameras()) {
      cameras.put(source.key(), new CameraInput(source, controller, counters));
    }
    state = new StateInput(robot.state(), controller, counters);
  }

  Map<String, CameraInput> cameras() {
    return cameras;
  }

  /** Subscribes. Only the newest message of each stream counts. */
  void open(RobotGraph graph) {
    for (CameraSource source : robot.cameras()) {
      CameraInput camera = cameras.get(source.key());
      QualityOfService quality = newest(source.reliability());
      subscriptions.put(source.key(), switch (source.transport()) {
        case RAW -> graph.subscribe(source.topic(), Image.TYPE, quality, camera::receive);
        case COMPRESSED -> graph.subscribe(source.topic(), CompressedImage.TYPE, quality, camera::receive);
      });
    }
    subscriptions.put(ObservationAssembler.STATE,
        graph.subscribe(robot.state().topic(), JointState.TYPE, newest(robot.state().reliability()), state::receive));
  }

  private static QualityOfService newest(Reliability reliability) {
    return new QualityOfService(1, reliability, Durability.VOLATILE);
  }

  /** What was refused, what was lost, and what newer messages overtook, by name. */
  Map<String, Long> counters() {
    Map<String, Long> counts = counters.snapshot();
    subscriptions.forEach((stream, subscription) -> {
      counts.put("stream." + stream + ".overtaken", subscription.dropped());
      counts.put("stream." + stream + ".malformed", subscription.refused());
      counts.put("stream." + stream + ".lost", subscription.lost());
    });
    return counts;
  }

  void close() {
    subscriptions.values().forEach(Subscription::close);
  }
}
