package flowmatching.ros.graph;

import flowmatching.control.ControlClock;
import java.util.function.LongConsumer;

/** The machine's clocks. */
public final class SystemClock implements GraphClock {
  private final ControlClock clock = ControlClock.system();

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
