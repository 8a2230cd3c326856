package flowmatching.ros.node;

import flowmatching.control.ControlClock;
import flowmatching.control.ControllerState;
import flowmatching.control.ControllerStatus;
import flowmatching.control.Counters;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.QualityOfService.Durability;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.message.DiagnosticStatus;
import flowmatching.ros.message.Log;
import flowmatching.ros.message.Time;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** What the node has to say to people: each line goes to the program's log and to {@code /rosout}. */
final class NodeLog implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(PolicyNode.class);
  private static final QualityOfService ROSOUT = new QualityOfService(1000, Reliability.RELIABLE, Durability.TRANSIENT_LOCAL);
  /** Most lines a second that requests of others may cause. */
  private static final int REQUESTS = 10;
  private static final long SECOND = 1_000_000_000L;

  private final Publisher<Log> rosout;
  private final boolean simulatedTime;
  private final String name;
  private final AtomicLong suppressed;
  private long secondBegan;
  private int lines;
  private String status;

  /** @param counters gets {@code log.suppressed} */
  NodeLog(RobotGraph graph, Counters counters) {
    simulatedTime = graph.clock().simulated();
    rosout = graph.advertise("/rosout", Log.TYPE, ROSOUT);
    name = graph.names().fullName().substring(1).replace('/', '.');
    suppressed = counters.named("log.suppressed");
  }

  void info(String message) {
    write(Level.INFO, message);
  }

  void warn(String message) {
    write(Level.WARN, message);
  }

  void error(String message) {
    write(Level.ERROR, message);
  }

  /**
   * What the controller is doing and why, where it is something else than the last time. That it waits because a simulation was reset
   * is no news: the node says the reset itself.
   *
   * @param shadow whether no command is published
   */
  synchronized void status(ControllerStatus now, boolean shadow) {
    boolean reset = simulatedTime && now.equals(ControllerStatus.CLOCK_JUMPED);
    String line = now + ": " + Health.sentence(now.state(), shadow);
    if (!reset && !line.equals(status)) {
      status = line;
      byte level = Health.level(now);
      write(level == DiagnosticStatus.ERROR ? Level.ERROR : now.state() == ControllerState.HOLDING ? Level.WARN : Level.INFO, line);
    }
  }

  /** A line that a request of another node causes. A flood of requests is not to fill a disk: beyond ten a second they are counted. */
  void onRequest(Level level, String message) {
    if (allowed(System.nanoTime())) {
      write(level, message);
    } else {
      suppressed.incrementAndGet();
    }
  }

  private synchronized boolean allowed(long now) {
    if (lines == 0 || now - secondBegan >= SECOND) {
      secondBegan = now;
      lines = 0;
    }
    lines = Math.min(lines + 1, REQUESTS + 1);
    return lines <= REQUESTS;
  }

  private void write(Level level, String message) {
    String line = message.replaceAll("\\p{Cntrl}", " "); // names in requests may hold anything
    StackTraceElement place = StackWalker.getInstance().walk(frames -> frames
        .filter(frame -> !frame.getClassName().equals(NodeLog.class.getName())).findFirst().orElseThrow().toStackTraceElement());
    LOG.atLevel(level).withLocation(place).log(line);
    String file = place.getFileName() == null ? "" : place.getFileName();
    rosout.publish(new Log(Time.ofNanoseconds(ControlClock.system().now()), number(level), name, line, file, place.getMethodName(),
        Math.max(0, place.getLineNumber())));
  }

  private static byte number(Level level) {
    return level == Level.ERROR ? Log.ERROR : level == Level.WARN ? Log.WARN : Log.INFO;
  }

  @Override
  public void close() {
    rosout.close();
  }
}
