package flowmatching.ros.node;

import flowmatching.ros.graph.GraphClock;
import java.util.Optional;

/** Notices that there is no time on {@code /clock}, or that it stands still. No age and no timeout does: they are measured in that time. */
final class ClockWatch {
  /** Looks, one a second, after which it is said. */
  static final int PATIENCE = 5;

  private final GraphClock clock;
  private final NodeLog log;
  private long last;
  private int still;

  ClockWatch(GraphClock clock, NodeLog log) {
    this.clock = clock;
    this.log = log;
  }

  /** To be called once a second of the system's time. */
  void look() {
    if (!clock.simulated()) {
      return;
    }
    long now = clock.now();
    if (now == last) {
      still++;
      if (still == PATIENCE) {
        log.warn(trouble().orElseThrow());
      }
    } else {
      if (still >= PATIENCE) {
        log.info("Time on /clock goes on.");
      }
      still = 0;
      last = now;
    }
  }

  /** A sentence about what is wrong with the time; empty where nothing is. */
  Optional<String> trouble() {
    if (!clock.started()) {
      return Optional.of("There is no time on /clock yet, and use_sim_time is set: is the simulation running?");
    }
    return still < PATIENCE ? Optional.empty()
        : Optional.of("Time on /clock stands still, and with it the commands: is the simulation paused, gone, or waiting for its first command?");
  }
}
