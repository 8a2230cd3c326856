package flowmatching.app.record;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.control.ControlClock;
import flowmatching.ros.graph.SystemClock;
import org.junit.jupiter.api.Test;

class FrameClockTest {
  private static final long SECOND = 1_000_000_000L;

  /** The system's time, as somebody sets it. */
  private static final class SetClock implements ControlClock {
    private long now = 100 * SECOND;
    private long monotonic;

    @Override
    public long now() {
      return now;
    }

    @Override
    public long monotonic() {
      return monotonic;
    }
  }

  @Test
  void aSystemTimeThatIsSetMovesNoFrame() throws InterruptedException {
    SetClock system = new SetClock();
    try (FrameClock clock = new FrameClock(new SystemClock(system))) {
      long from = clock.now();
      long frame = from + SECOND / 100;
      system.now += 60 * SECOND;
      assertFalse(clock.awaitUntil(frame, from), "a minute has not gone by");
      system.now -= 120 * SECOND;
      assertFalse(clock.awaitUntil(frame, from), "nor is this an episode of the past");
      system.monotonic += SECOND / 100;
      assertTrue(clock.awaitUntil(frame, from));
    }
  }
}
