package flowmatching.app.record;

import flowmatching.BadInputException;
import flowmatching.dataset.write.DatasetSpec;
import flowmatching.dataset.write.DatasetWriter;
import flowmatching.model.PolicyFeature;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.message.Trigger;
import flowmatching.ros.node.RobotDescription;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Episodes of a robot while it moves, whoever commands it: so many frames a second. The observation of a frame is the newest at its
 * time, its action the last command before the next frame.
 */
public final class LiveEpisodes implements EpisodeSource {
  /** For the robot to appear on the network. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration LOOK = Duration.ofMillis(100);

  private final RobotDescription robot;
  private final Timing timing;
  private final boolean video;
  private final Messages messages;
  private final RobotStreams streams;
  private final FrameClock clock;
  private boolean begun;
  private volatile boolean stopped;
  private volatile boolean ended;
  private volatile boolean again;

  /**
   * When frames are taken.
   *
   * @param fps frames a second
   * @param episode longest time of an episode, seconds
   * @param reset time between two, seconds
   * @param maxAge how old a sensor's newest message may be, where the robot file does not say
   */
  public record Timing(int fps, double episode, double reset, Duration maxAge) {
    /** @throws BadInputException where a number is out of range */
    public Timing {
      if (fps < 1 || fps > 1000) {
        throw new BadInputException("--fps: expected 1 to 1000 frames a second, found " + fps);
      }
      if (!(episode > 0) || !(reset >= 0)) {
        throw new BadInputException("--episode_time_s and --reset_time_s: expected seconds above 0 and of at least 0, found " + episode + " and " + reset);
      }
    }
  }

  /** Takes what the person beside the robot is to know. */
  public interface Messages {
    void say(String text);
  }

  /** @param graph the recorder's node, which gets the services {@code ~/end_episode} and {@code ~/record_again}; closed with the episodes */
  public LiveEpisodes(RobotGraph graph, RobotDescription robot, Timing timing, boolean video, Messages messages) {
    this.robot = robot;
    this.timing = timing;
    this.video = video;
    this.messages = messages;
    streams = new RobotStreams(graph, robot);
    clock = new FrameClock(graph.clock());
    graph.serve("~/end_episode", Trigger.TYPE, request -> {
      endEpisode();
      return new Trigger.Response(true, "the episode ends, or the time before it");
    });
    graph.serve("~/record_again", Trigger.TYPE, request -> {
      recordAgain();
      return new Trigger.Response(true, "the episode is dropped and recorded again");
    });
  }

  @Override
  public DatasetSpec spec() throws InterruptedException {
    if (!streams.silent().isEmpty()) {
      messages.say("waiting for " + streams.silent());
    }
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!streams.awaitSensors(LOOK)) {
      if (stopped || System.nanoTime() > deadline) {
        throw new BadInputException("robot " + robot.name() + ": expected messages on all of its topics, found none on " + streams.silent());
      }
    }
    Map<String, int[]> sizes = new HashMap<>();
    streams.observe(PATIENCE).images().forEach((key, image) -> sizes.put(key, new int[] {image.width(), image.height()}));
    return Features.of(robot, sizes, timing.fps, video);
  }

  /** Ends the episode that is recorded, or the time before it; any thread may call it. */
  public void endEpisode() {
    ended = true;
    clock.wake();
  }

  /** Drops the episode that is recorded; any thread may call it. */
  public void recordAgain() {
    again = true;
    endEpisode();
  }

  @Override
  public boolean record(int number, DatasetWriter writer) throws InterruptedException {
    if (begun && timing.reset > 0) {
      ended = false;
      messages.say("reset the scene: " + timing.reset + " s, or press Enter");
      pause();
    }
    begun = true;
    awaitCommands();
    if (stopped) {
      return false;
    }
    ended = false;
    again = false;
    messages.say("episode " + number + " begins");
    try (FrameWriter frames = new FrameWriter(writer)) {
      take(frames);
      frames.finish();
    }
    return !stopped && !again && writer.frames() > 0;
  }

  private void pause() throws InterruptedException {
    long from = clock.now();
    long until = from + Math.min(nanoseconds(timing.reset), Long.MAX_VALUE - Math.max(0, from)); // however long that is
    while (!stopped && !ended && !clock.awaitUntil(until, from)) {
      // Until it is time.
    }
  }

  /** A frame needs an action. */
  private void awaitCommands() throws InterruptedException {
    if (streams.action() == null) {
      messages.say("waiting for a command on " + robot.command().topic());
    }
    while (!stopped && !streams.awaitAction(0, LOOK)) {
      // Until somebody commands the robot.
    }
  }

  private void take(FrameWriter frames) throws InterruptedException {
    long from = clock.now();
    Observed before = null;
    for (long frame = 0; !stopped && !ended; frame++) {
      long moment = from + nanoseconds(frame / (double) timing.fps);
      if (!awaitFrame(moment, from)) {
        return;
      }
      checkInTime(frame, clock.now() - moment);
      // The last observation has no action: nobody waited for it.
      Observed now = frame / (double) timing.fps < timing.episode ? streams.observe(timing.maxAge) : null;
      if (before != null) {
        frames.add(Map.of(PolicyFeature.STATE, before.state(), PolicyFeature.ACTION, streams.action()), before.images());
      }
      if (now == null) {
        return;
      }
      before = now;
    }
  }

  /** What is newest now was not at a time that is long past: frames that are caught up with would hold the same again and again. */
  private void checkInTime(long frame, long late) {
    if (late > timing.maxAge.toNanos()) {
      throw new BadInputException("frame " + frame + ": expected to be taken within " + timing.maxAge.toMillis() + " ms of its time, found it "
          + late / 1_000_000 + " ms late: /clock jumped, or this machine is too slow; take fewer frames a second, or smaller pictures");
    }
  }

  private boolean awaitFrame(long moment, long from) throws InterruptedException {
    while (!clock.awaitUntil(moment, from)) {
      if (stopped || ended) {
        return false;
      }
    }
    return true;
  }

  private static long nanoseconds(double seconds) {
    return Math.round(seconds * 1e9);
  }

  /** How many messages were not understood, by topic. */
  public Map<String, Long> refused() {
    return streams.refused();
  }

  @Override
  public void stop() {
    stopped = true;
    clock.wake();
  }

  @Override
  public void close() {
    clock.close();
    streams.close();
  }
}
