package flowmatching.ros.check;

import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.TopicEndpoint;
import flowmatching.ros.graph.TopicEndpoint.Kind;
import flowmatching.ros.message.Clock;
import flowmatching.ros.node.RobotDescription;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleConsumer;

/** Listens to everything that a robot's description names. It publishes nothing. */
public final class RobotListener implements AutoCloseable {
  private static final long LOOK_MILLISECONDS = 200;
  private static final double SECOND = 1e9;

  private final RobotGraph graph;
  private final String commandTopic;
  private final List<CameraWatch> cameras;
  private final StateWatch state;
  private final StreamWatch clock;
  private final ControllerQuery controllers;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final long begin = System.nanoTime();

  /**
   * Begins to listen.
   *
   * @param graph where the robot is; stays open
   * @throws flowmatching.BadInputException where a topic's name is not valid
   */
  public RobotListener(RobotGraph graph, RobotDescription robot) {
    this.graph = graph;
    commandTopic = graph.names().resolve(robot.command().topic());
    robot.cameras().forEach(camera -> graph.names().resolve(camera.topic())); // before anything is subscribed that would stay
    graph.names().resolve(robot.state().topic());
    cameras = robot.cameras().stream().map(camera -> new CameraWatch(graph, camera)).toList();
    state = new StateWatch(graph, robot.state());
    clock = new StreamWatch(graph, "/clock", Clock.TYPE, Reliability.BEST_EFFORT, Clock::clock);
    controllers = new ControllerQuery(graph);
  }

  /**
   * Returns after {@code duration}, or once {@link #stop} was called or the thread is interrupted.
   *
   * @param progress gets the seconds that have passed since the listener was made, several times a second
   */
  public void listen(Duration duration, DoubleConsumer progress) {
    long end = System.nanoTime() + duration.toNanos();
    try {
      for (long left = duration.toNanos(); left > 0; left = end - System.nanoTime()) {
        if (stopped.await(Math.min(left, TimeUnit.MILLISECONDS.toNanos(LOOK_MILLISECONDS)), TimeUnit.NANOSECONDS)) {
          return;
        }
        look();
        progress.accept(seconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    cameras.forEach(CameraWatch::decodeNewest);
    for (TopicEndpoint end : others()) {
      if (end.kind() == Kind.SUBSCRIPTION && end.topic().equals(commandTopic) && !end.node().isEmpty()) {
        controllers.ask(end.node());
      }
    }
  }

  /** Ends {@link #listen}; any thread may call it. */
  public void stop() {
    stopped.countDown();
  }

  /** What was seen until now. */
  public RobotObservation observation() {
    return new RobotObservation(seconds(), graph.clock().simulated(), others(),
        cameras.stream().map(CameraWatch::observation).toList(), state.observation(), clock.observation(), commandTopic, controllers.observations());
  }

  private List<TopicEndpoint> others() {
    return graph.topicEndpoints().stream().filter(end -> !end.node().equals(graph.names().fullName())).toList();
  }

  private double seconds() {
    return (System.nanoTime() - begin) / SECOND;
  }

  @Override
  public void close() {
    cameras.forEach(CameraWatch::close);
    state.close();
    clock.close();
    controllers.close();
  }
}
