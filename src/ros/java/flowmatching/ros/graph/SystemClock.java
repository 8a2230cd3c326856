package flowmatching.ros.graph;

import flowmatching.control.ControlClock;
import java.util.function.LongConsumer;

/** The machine's clocks. */
public final class SystemClock implements GraphClock {
  private final ControlClock clock;

  public SystemClock() {
    this(ControlClock.system());
  }

  /** @param clock in place of the machine's */
  public SystemClock(ControlClock clock) {
    this.clock = clock;
  }

  @Override
  public long now() {
    return clock.now();
  }

  @Override
  public long monotonic() {
    return clock.monotonic();
  }

  @Override
  public boolean simulated() {
    return false;
  }

  @Override
  public boolean started() {
    return true;
  }

  @Override
  public Endpoint onStep(LongConsumer listener) {
    return new StepListener(() -> {});
  }
}
