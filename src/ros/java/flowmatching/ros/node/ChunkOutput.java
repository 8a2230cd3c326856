package flowmatching.ros.node;

import flowmatching.control.ActionKind;
import flowmatching.control.ChunkListener;
import flowmatching.control.TimedChunk;
import flowmatching.ros.graph.Endpoint;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.message.Duration;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.JointTrajectory;
import flowmatching.ros.message.JointTrajectoryPoint;
import flowmatching.ros.message.Time;
import java.util.ArrayList;
import java.util.List;

/** Publishes what the policy predicts on {@code ~/predicted_chunk}, for plots and recorders; nothing where nobody listens. */
final class ChunkOutput implements ChunkListener {
  private static final double[] NONE = {};

  private final List<String> names;
  private final boolean velocities;
  private final Publisher<JointTrajectory> publisher;

  ChunkOutput(RobotGraph graph, RobotDescription robot) {
    names = robot.actionNames();
    velocities = robot.actions().stream().allMatch(joint -> joint.kind() == ActionKind.VELOCITY);
    publisher = graph.advertise("~/predicted_chunk", JointTrajectory.TYPE, QualityOfService.DEFAULT);
  }

  @Override
  public void predicted(TimedChunk chunk) {
    if (publisher.subscriptions() == 0) {
      return;
    }
    List<JointTrajectoryPoint> points = new ArrayList<>();
    for (int step = 0; step < chunk.actions().steps(); step++) {
      double[] values = new double[names.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = chunk.actions().at(step, i);
      }
      Duration time = Duration.ofNanoseconds(Math.round(step * 1e9 / chunk.rate()));
      points.add(velocities
          ? new JointTrajectoryPoint(NONE, values, NONE, NONE, time)
          : new JointTrajectoryPoint(values, NONE, NONE, NONE, time));
    }
    publisher.publish(new JointTrajectory(new Header(Time.ofNanoseconds(chunk.observed()), ""), names, points));
  }

  /** The topic's end, for the node to close. */
  Endpoint publisher() {
    return publisher;
  }
}
