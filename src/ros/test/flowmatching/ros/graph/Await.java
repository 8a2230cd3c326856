package flowmatching.ros.graph;

import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for conditions with a limit, so that no test depends on how fast a machine is. */
public final class Await {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private Await() {}

  /** Returns once the condition holds; fails after 20 s. */
  public static void until(String what, BooleanSupplier condition) {
    until(() -> what, condition);
  }

  /** Returns once the condition holds; fails after 20 s with what is so then. */
  public static void until(Supplier<String> what, BooleanSupplier condition) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        fail("waited " + LIMIT.toSeconds() + " s until " + what.get());
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** Returns once the value is as expected; fails after 20 s naming both. */
  public static void value(Object expected, Supplier<?> actual) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!Objects.equals(expected, actual.get())) {
      if (System.nanoTime() - end > 0) {
        fail("waited " + LIMIT.toSeconds() + " s for " + expected + ", found " + actual.get());
      }
      LockSupport.parkNanos(1_000_000);
    }
  }
}
