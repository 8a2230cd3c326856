package flowmatching.ros.graph;

import flowmatching.ros.message.Clock;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongConsumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** The time that {@code /clock} carries. The first stamp received counts, even 0. */
public final class SimulatedClock implements GraphClock {
  private static final Logger LOG = LogManager.getLogger();

  private final List<LongConsumer> listeners = new CopyOnWriteArrayList<>();
  private volatile long now;
  private volatile boolean started;

  /** A clock that {@code graph}'s {@code /clock} drives. */
  public SimulatedClock(RobotGraph graph) {
    graph.subscribe(StepListener.TOPIC, Clock.TYPE, QualityOfService.NEWEST, message -> step(message.clock().toNanoseconds()));
  }

  private void step(long nanoseconds) {
    now = nanoseconds;
    started = true;
    for (LongConsumer listener : listeners) {
      try {
        listener.accept(nanoseconds);
      } catch (RuntimeException | Error e) {
        LOG.error("a listener of the clock failed", e); // the others are told all the same
      }
    }
  }

  @Override
  public long now() {
    return now;
  }

  @Override
  public long monotonic() {
    return System.nanoTime();
  }

  @Override
  public boolean simulated() {
    return true;
  }

  @Override
  public boolean started() {
    return started;
  }

  @Override
  public Endpoint onStep(LongConsumer listener) {
    listeners.add(listener);
    return new StepListener(() -> listeners.remove(listener));
  }
}
