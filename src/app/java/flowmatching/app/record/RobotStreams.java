package flowmatching.app.record;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import flowmatching.model.PolicyFeature;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.message.CompressedImage;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.ImageDecoding;
import flowmatching.ros.message.JointState;
import flowmatching.ros.node.CameraSource;
import flowmatching.ros.node.JointPositions;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.node.StateJoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** The newest of what a robot says and of what it is told, as its topics carry them. */
public final class RobotStreams implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger();

  private final RobotGraph graph;
  private final RobotDescription robot;
  private final Map<String, Sample> newest = new LinkedHashMap<>();
  private final Map<String, Long> refused = new TreeMap<>();
  private float[] action;
  private long actions;

  /** A message that is decoded when it is needed. */
  private record Sample(Supplier<?> value, long stamp, long arrival) {}

  /**
   * Subscribes.
   *
   * @param graph the recorder's node; closed with the streams
   */
  public RobotStreams(RobotGraph graph, RobotDescription robot) {
    this.graph = graph;
    this.robot = robot;
    for (CameraSource camera : robot.cameras()) {
      switch (camera.transport()) {
        case RAW -> graph.subscribe(camera.topic(), Image.TYPE, QualityOfService.NEWEST, message -> keep(
            camera.key(), camera.topic(), message.header(), () -> ImageDecoding.check(message), () -> picture(camera, ImageDecoding.decode(message))));
        case COMPRESSED -> graph.subscribe(camera.topic(), CompressedImage.TYPE, QualityOfService.NEWEST, message -> keep(
            camera.key(), camera.topic(), message.header(), () -> ImageDecoding.check(message), () -> picture(camera, ImageDecoding.decode(message))));
      }
    }
    JointPositions positions = new JointPositions(robot.state().names());
    graph.subscribe(robot.state().topic(), JointState.TYPE, QualityOfService.NEWEST, message -> {
      float[] state = new float[robot.state().joints().size()];
      keep(PolicyFeature.STATE, robot.state().topic(), message.header(), () -> read(positions, message, state), () -> state);
    });
    new CommandReader(graph, robot, this::act, reason -> refuse(robot.command().topic(), reason));
  }

  private void read(JointPositions positions, JointState message, float[] state) {
    positions.read(message, state);
    for (int i = 0; i < state.length; i++) {
      StateJoint joint = robot.state().joints().get(i);
      state[i] = (float) joint.units().toDataSet(state[i]);
      if (!Float.isFinite(state[i])) {
        throw new BadInputException("expected finite positions, found " + state[i] + " for " + joint.name());
      }
    }
  }

  private static RgbImage picture(CameraSource camera, RgbImage whole) {
    return camera.crop().isPresent() ? camera.crop().get().of(whole) : whole;
  }

  private void keep(String stream, String topic, Header header, Runnable check, Supplier<?> value) {
    try {
      check.run();
    } catch (BadInputException e) {
      refuse(topic, e.getMessage());
      return;
    }
    synchronized (this) {
      newest.put(stream, new Sample(value, header.stamp().toNanoseconds(), System.nanoTime()));
      notifyAll();
    }
  }

  private synchronized void act(float[] values) {
    action = values;
    actions++;
    notifyAll();
  }

  private synchronized void refuse(String topic, String reason) {
    if (refused.merge(topic, 1L, Long::sum) == 1) {
      LOG.warn("{}: {}", topic, reason);
    }
  }

  /** How many messages were not understood, by topic; the first of each was logged with the reason. */
  public synchronized Map<String, Long> refused() {
    return new TreeMap<>(refused);
  }

  private synchronized boolean await(BooleanSupplier condition, Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!condition.getAsBoolean()) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }

  /** Topics that have not said anything yet. */
  synchronized List<String> silent() {
    List<String> silent = new ArrayList<>();
    robot.cameras().stream().filter(camera -> !newest.containsKey(camera.key())).forEach(camera -> silent.add(camera.topic()));
    if (!newest.containsKey(PolicyFeature.STATE)) {
      silent.add(robot.state().topic());
    }
    return silent;
  }

  /** Waits until every sensor has spoken. @return whether all have */
  boolean awaitSensors(Duration patience) throws InterruptedException {
    return await(() -> silent().isEmpty(), patience);
  }

  /** Waits until every sensor has spoken with this stamp or a later one, nanoseconds. @return whether all have */
  boolean awaitSensors(long stamp, Duration patience) throws InterruptedException {
    return await(() -> silent().isEmpty() && newest.values().stream().allMatch(sample -> sample.stamp >= stamp), patience);
  }

  /** Waits for more commands than there were. @return whether one came */
  boolean awaitAction(long before, Duration patience) throws InterruptedException {
    return await(() -> actions > before, patience);
  }

  /** Commands so far. */
  synchronized long actions() {
    return actions;
  }

  /** The newest command as an action; null where there was none. */
  synchronized float[] action() {
    return action;
  }

  /**
   * What the sensors said last.
   *
   * @param maxAge how long ago that may be
   * @throws BadInputException naming a topic that is silent for longer, or whose picture cannot be decoded
   */
  Observed observe(Duration maxAge) {
    Map<String, Sample> samples;
    synchronized (this) {
      samples = new LinkedHashMap<>(newest);
    }
    long now = System.nanoTime();
    Map<String, RgbImage> images = new LinkedHashMap<>();
    for (CameraSource camera : robot.cameras()) {
      images.put(camera.key(), (RgbImage) value(samples.get(camera.key()), camera.topic(), camera.maxAge().orElse(maxAge), now));
    }
    return new Observed((float[]) value(samples.get(PolicyFeature.STATE), robot.state().topic(), robot.state().maxAge().orElse(maxAge), now), images);
  }

  private static Object value(Sample sample, String topic, Duration maxAge, long now) {
    if (sample == null) {
      throw new BadInputException(topic + ": no message came");
    }
    if (now - sample.arrival > maxAge.toNanos()) {
      throw new BadInputException(topic + ": expected a message in the last " + maxAge.toMillis() + " ms, found the newest "
          + TimeUnit.NANOSECONDS.toMillis(now - sample.arrival) + " ms old");
    }
    try {
      return sample.value.get();
    } catch (BadInputException e) {
      throw new BadInputException(topic + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    graph.close();
  }
}
