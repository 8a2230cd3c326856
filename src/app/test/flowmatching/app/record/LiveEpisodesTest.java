package flowmatching.app.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.dataset.Item;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.dataset.write.DatasetWriter;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.ServiceClient;
import flowmatching.ros.inprocess.InProcessGraph;
import flowmatching.ros.message.Clock;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.Time;
import flowmatching.ros.message.Trigger;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.robot.RobotFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Episodes of a robot that somebody else commands: what is recorded is what the topics said. */
@Timeout(120)
class LiveEpisodesTest {
  private static final Duration PATIENT = Duration.ofSeconds(20);
  private static final double[] NONE = {};

  @TempDir Path directory;
  private final InProcessGraph graph = new InProcessGraph();
  private final RobotGraph robot = graph.join(GraphNames.of("/", "robot"));
  private final Publisher<Image> camera = robot.advertise("/camera", Image.TYPE, QualityOfService.SENSOR_DATA);
  private final Publisher<JointState> states = robot.advertise("/states", JointState.TYPE, QualityOfService.DEFAULT);
  private final Publisher<JointState> commands = robot.advertise("/commands", JointState.TYPE, QualityOfService.DEFAULT);
  private final Publisher<Clock> clock = robot.advertise("/clock", Clock.TYPE, QualityOfService.DEFAULT);
  private final List<String> messages = Collections.synchronizedList(new ArrayList<>());
  private final AtomicBoolean alive = new AtomicBoolean(true);
  private final ExecutorService background = Executors.newCachedThreadPool();
  private RobotDescription description;

  @BeforeEach
  void describe() throws IOException {
    Path file = directory.resolve("two_joints.yaml");
    Files.writeString(file, """
        name: two_joints
        cameras: [{key: observation.images.front, topic: /camera, crop: {x: 4, y: 2, width: 64, height: 48}}]
        state: {topic: /states, joints: [{name: wrist, unit: degrees}, {name: elbow, sign: -1}]}
        actions: [{name: elbow, kind: absolute, scale: 2, offset: 1}]
        command: {topic: /commands, type: joint_state}
        """);
    description = RobotFile.read(file);
  }

  @AfterEach
  void end() {
    alive.set(false);
    background.shutdownNow();
    graph.close();
  }

  private Header header(long stamp) {
    return new Header(Time.ofNanoseconds(stamp), "");
  }

  /** Everything that the robot says in step {@code number}: it is in every message. */
  private void say(int number, long stamp) {
    byte[] pixels = new byte[80 * 60 * 3];
    Arrays.fill(pixels, (byte) number);
    camera.publish(new Image(header(stamp), 60, 80, "rgb8", false, 240, pixels));
    states.publish(new JointState(header(stamp), List.of("elbow", "finger", "wrist"), new double[] {number, 9, Math.toRadians(number)}, NONE, NONE));
    commands.publish(new JointState(header(stamp), List.of("finger", "elbow"), new double[] {9, number}, NONE, NONE));
  }

  /** The robot lives in the system's time. It stands until an episode begins, then it moves for ten seconds. */
  private void live() {
    background.submit(() -> {
      for (int number = 1; alive.get();) {
        for (int times = 0; times < 4; times++) {
          say(number, System.currentTimeMillis() * 1_000_000);
          Thread.sleep(10);
        }
        if (number < 250 && said(" begins") > 0) {
          number++;
        }
      }
      return null;
    });
  }

  /** Messages that end so. */
  private long said(String end) {
    return List.copyOf(messages).stream().filter(message -> message.endsWith(end)).count();
  }

  private void awaitSaid(String end) throws InterruptedException {
    while (said(end) == 0) {
      Thread.sleep(1);
    }
  }

  /** The episode has a frame. */
  private static void awaitFrame(DatasetWriter writer) throws InterruptedException {
    while (writer.frames() == 0) {
      Thread.sleep(1);
    }
  }

  /** Simulated time goes on until the episode has a frame. */
  private void playUntilAFrame(DatasetWriter writer) throws InterruptedException {
    for (long time = 5_000_000_000L; writer.frames() == 0; time += 1_000_000) {
      clock.publish(new Clock(Time.ofNanoseconds(time)));
      Thread.sleep(1);
    }
  }

  private LiveEpisodes episodes(int fps, double seconds, Duration maxAge, boolean simulatedTime) {
    RobotGraph node = graph.join(GraphNames.of("/", "recorder"), simulatedTime);
    return new LiveEpisodes(node, description, new LiveEpisodes.Timing(fps, seconds, 0, maxAge), false, messages::add);
  }

  /** "Until Enter", as people say it. */
  @Test
  void aResetThatNeverEndsWaitsForSomebody() throws Exception {
    live();
    RobotGraph node = graph.join(GraphNames.of("/", "recorder"), false);
    try (LiveEpisodes live = new LiveEpisodes(node, description, new LiveEpisodes.Timing(20, 0.2, Double.POSITIVE_INFINITY, PATIENT), false, messages::add);
        DatasetWriter writer = DatasetWriter.open(directory.resolve("set"), live.spec())) {
      assertTrue(live.record(0, writer));
      writer.saveEpisode("wave");
      Future<Boolean> second = background.submit(() -> live.record(1, writer));
      awaitSaid("or press Enter");
      Thread.sleep(600);
      assertEquals(1, said(" begins"), messages.toString());
      live.endEpisode();
      assertTrue(second.get());
    }
  }

  @Test
  void whoPressesEnterAsSoonAsThatIsAskedForIsHeard() throws Exception {
    live();
    AtomicReference<LiveEpisodes> itself = new AtomicReference<>();
    LiveEpisodes.Messages keen = text -> {
      messages.add(text);
      if (text.endsWith("press Enter")) {
        itself.get().endEpisode();
      }
    };
    RobotGraph node = graph.join(GraphNames.of("/", "recorder"), false);
    try (LiveEpisodes live = new LiveEpisodes(node, description, new LiveEpisodes.Timing(20, 0.2, Double.POSITIVE_INFINITY, PATIENT), false, keen);
        DatasetWriter writer = DatasetWriter.open(directory.resolve("set"), live.spec())) {
      itself.set(live);
      assertTrue(live.record(0, writer));
      writer.saveEpisode("wave");
      assertTrue(live.record(1, writer));
    }
  }

  private static float pixel(Item item) {
    return item.images().get("observation.images.front").get(0).at(0, 0, 0);
  }

  @Test
  void aFrameHoldsWhatWasSaidAtItsTimeAndTheLastCommandBeforeTheNext() throws Exception {
    live();
    Path root = directory.resolve("set");
    try (LiveEpisodes episodes = episodes(20, 0.5, PATIENT, false); DatasetWriter writer = DatasetWriter.open(root, episodes.spec())) {
      assertTrue(episodes.record(0, writer));
      assertEquals(10, writer.frames());
      writer.saveEpisode("wave");
      assertEquals(0, episodes.refused().size());
    }
    try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
      assertEquals(List.of(48, 64, 3), dataset.info().feature("observation.images.front").shape());
      assertEquals(List.of("wrist", "elbow"), dataset.info().feature("observation.state").names());
      float before = 0;
      for (int i = 0; i < dataset.size(); i++) {
        float[] state = dataset.item(i).values().get("observation.state");
        float number = state[0];
        assertEquals(-number, state[1], 1e-3f, "both joints are of one message, each in its unit");
        // action = (robot - offset) / scale
        float commanded = 2 * dataset.item(i).values().get("action")[0] + 1;
        assertTrue(commanded >= number, "frame " + i + ": told " + commanded + " before it said " + number);
        assertTrue(number >= before, "frame " + i);
        assertTrue(Math.abs(pixel(dataset.item(i)) - number) <= 1.01, "frame " + i + ": a picture of " + pixel(dataset.item(i)) + " with a state of " + number);
        before = number;
      }
      assertTrue(before > dataset.item(0).values().get("observation.state")[0], "the robot moved");
    }
  }

  @Test
  void simulatedTimeDecidesWhenAFrameIsTaken() throws Exception {
    try (LiveEpisodes episodes = episodes(10, 0.5, PATIENT, true)) {
      say(1, 0);
      clock.publish(new Clock(Time.ofNanoseconds(5_000_000_000L)));
      Path root = directory.resolve("set");
      try (DatasetWriter writer = DatasetWriter.open(root, episodes.spec())) {
        Future<Boolean> kept = background.submit(() -> episodes.record(0, writer));
        awaitSaid("episode 0 begins");
        Thread.sleep(200);
        assertFalse(kept.isDone(), "simulated time stands still");
        // Twice as many steps as frames: each frame is there once.
        for (int step = 1; step <= 12 && !kept.isDone(); step++) {
          say(step, step);
          Thread.sleep(30);
          clock.publish(new Clock(Time.ofNanoseconds(5_000_000_000L + step * 50_000_000L)));
          Thread.sleep(30);
        }
        assertTrue(kept.get());
        assertEquals(5, writer.frames());
      }
    }
  }

  @Test
  void aClockThatJumpsBackSpoilsTheEpisode() throws Exception {
    try (LiveEpisodes episodes = episodes(10, 5, PATIENT, true)) {
      say(1, 0);
      clock.publish(new Clock(Time.ofNanoseconds(5_000_000_000L)));
      try (DatasetWriter writer = DatasetWriter.open(directory.resolve("set"), episodes.spec())) {
        Future<Boolean> kept = background.submit(() -> episodes.record(0, writer));
        playUntilAFrame(writer);
        clock.publish(new Clock(Time.ofNanoseconds(0)));
        Exception failure = assertThrows(Exception.class, kept::get);
        assertTrue(failure.getMessage().contains("jumped back"), failure.getMessage());
      }
    }
  }

  @Test
  void aClockThatJumpsAheadSpoilsTheEpisodeInsteadOfFillingItWithOneObservation() throws Exception {
    try (LiveEpisodes episodes = episodes(10, 100, PATIENT, true)) {
      say(1, 0);
      clock.publish(new Clock(Time.ofNanoseconds(5_000_000_000L)));
      try (DatasetWriter writer = DatasetWriter.open(directory.resolve("set"), episodes.spec())) {
        Future<Boolean> kept = background.submit(() -> episodes.record(0, writer));
        playUntilAFrame(writer);
        say(2, 1);
        clock.publish(new Clock(Time.ofNanoseconds(80_000_000_000L)));
        Exception failure = assertThrows(Exception.class, kept::get);
        assertTrue(failure.getMessage().matches(".*frame \\d+: expected to be taken within 20000 ms of its time, found it [67]\\d{4} ms late.*"), failure.getMessage());
      }
    }
  }

  @Test
  void aSensorThatFallsSilentSpoilsTheEpisode() throws Exception {
    say(1, 1);
    try (LiveEpisodes episodes = episodes(10, 20, Duration.ofMillis(300), false)) {
      say(2, 2);
      try (DatasetWriter writer = DatasetWriter.open(directory.resolve("set"), episodes.spec())) {
        String message = assertThrows(BadInputException.class, () -> episodes.record(0, writer)).getMessage();
        assertTrue(message.startsWith("/camera: expected a message in the last 300 ms"), message);
      }
    }
  }

  @Test
  void anEpisodeIsEndedOrDroppedByWhoStandsBeside() throws Exception {
    live();
    try (LiveEpisodes episodes = episodes(50, 60, PATIENT, false); DatasetWriter writer = DatasetWriter.open(directory.resolve("set"), episodes.spec())) {
      background.submit(() -> {
        awaitFrame(writer);
        episodes.endEpisode();
        return null;
      });
      assertTrue(episodes.record(0, writer));
      assertTrue(writer.frames() >= 1 && writer.frames() < 60 * 50, String.valueOf(writer.frames()));
      writer.saveEpisode("wave");
      background.submit(() -> {
        awaitFrame(writer);
        episodes.recordAgain();
        return null;
      });
      assertFalse(episodes.record(1, writer));
      writer.discardEpisode();
      background.submit(() -> {
        awaitFrame(writer);
        episodes.stop();
        return null;
      });
      assertFalse(episodes.record(1, writer));
    }
  }

  @Test
  void servicesEndAndDropAnEpisodeWhereThereIsNoKeyboard() throws Exception {
    live();
    try (LiveEpisodes episodes = episodes(50, 60, PATIENT, false); DatasetWriter writer = DatasetWriter.open(directory.resolve("set"), episodes.spec())) {
      Future<Boolean> kept = background.submit(() -> episodes.record(0, writer));
      awaitFrame(writer);
      call("/recorder/end_episode", "the episode ends");
      assertTrue(kept.get());
      writer.saveEpisode("wave");
      kept = background.submit(() -> episodes.record(1, writer));
      awaitFrame(writer);
      call("/recorder/record_again", "the episode is dropped");
      assertFalse(kept.get());
      writer.discardEpisode();
    }
  }

  private void call(String service, String answer) throws Exception {
    try (ServiceClient<Trigger.Request, Trigger.Response> client = robot.client(service, Trigger.TYPE)) {
      Trigger.Response response = client.call(new Trigger.Request()).get();
      assertTrue(response.success());
      assertTrue(response.message().startsWith(answer), response.message());
    }
  }

  @Test
  void messagesThatAreNoneAreCountedByTopic() throws Exception {
    live();
    try (LiveEpisodes episodes = episodes(20, 0.3, PATIENT, false)) {
      episodes.spec();
      commands.publish(new JointState(Header.EMPTY, List.of("finger"), new double[] {1}, NONE, NONE));
      commands.publish(new JointState(Header.EMPTY, List.of("elbow"), new double[] {Double.NaN}, NONE, NONE));
      while (episodes.refused().getOrDefault("/commands", 0L) < 2 || episodes.refused().getOrDefault("/states", 0L) < 1) {
        states.publish(new JointState(Header.EMPTY, List.of("elbow"), new double[] {1}, NONE, NONE)); // the robot's next may overtake it
        Thread.sleep(1);
      }
      assertEquals(2, episodes.refused().size());
    }
  }
}
