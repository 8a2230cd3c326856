package flowmatching.hub;

import flowmatching.BadInputException;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Tries again what failed for a passing reason: waits of 1, 2, 4, 8 and 8 seconds, or as long as the server asks for. Where no server
 * has answered yet and there is no way to one (no such host, no route), there is no network to wait for, and the first attempt is the last.
 */
final class Backoff {
  private static final Logger LOGGER = LogManager.getLogger(Backoff.class);
  private static final int RETRIES = 5;
  /** A server that asks for more is asked again by a person. */
  private static final Duration LONGEST = Duration.ofMinutes(5);

  private final Sleeper sleeper;
  private volatile boolean answered;

  Backoff(Sleeper sleeper) {
    this.sleeper = sleeper;
  }

  interface Sleeper {
    void sleep(Duration duration) throws InterruptedException;
  }

  /** Fails with an {@link IOException} where another attempt may do better, otherwise with {@link BadInputException}. */
  interface Attempt<T> {
    T run() throws IOException;
  }

  /** The server is there and cannot answer now. */
  static final class Busy extends IOException {
    private static final long serialVersionUID = 1;
    private final transient Optional<Duration> wait;

    Busy(String message, Optional<Duration> wait) {
      super(message);
      this.wait = wait;
    }
  }

  /** The hub could not be reached, or did not answer, after all attempts. */
  static final class Unreachable extends BadInputException {
    private static final long serialVersionUID = 1;

    Unreachable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * @param what for messages
   * @param progress grows where an attempt got further than those before it: the count of failures then starts anew
   * @throws Unreachable after the last attempt
   */
  <T> T run(String what, LongSupplier progress, Attempt<T> attempt) {
    int failures = 0;
    long reached = progress.getAsLong();
    while (true) {
      try {
        T result = attempt.run();
        answered = true;
        return result;
      } catch (IOException e) {
        if (progress.getAsLong() > reached) {
          reached = progress.getAsLong();
          failures = 0;
          answered = true;
        }
        pause(what, failures++, e);
      }
    }
  }

  private void pause(String what, int failures, IOException e) {
    answered |= e instanceof Busy;
    String reason = e instanceof Busy ? e.getMessage()
        : e.getClass().getSimpleName() + (e.getMessage() == null ? "" : ": " + HubErrors.printable(e.getMessage()));
    if (!answered && isWithoutWay(e)) {
      throw new Unreachable(what + ": the hub cannot be reached (" + reason + "); check the network, its name server and HF_ENDPOINT", e);
    }
    Duration wait = e instanceof Busy busy && busy.wait.isPresent() ? busy.wait.get() : Duration.ofSeconds(1L << Math.min(failures, 3));
    if (failures == RETRIES || wait.compareTo(LONGEST) > 0) {
      String end = failures == RETRIES ? "after " + (failures + 1) + " attempts" : "the server asks to wait " + wait.toSeconds() + " s";
      throw new Unreachable(what + ": " + reason + " (" + end + "); check the network, this machine's clock and HF_ENDPOINT", e);
    }
    LOGGER.warn("{}: {}; trying again in {} s", what, reason, wait.toSeconds());
    try {
      sleeper.sleep(wait);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new BadInputException(what + ": interrupted", interrupt);
    }
  }

  private static boolean isWithoutWay(IOException e) {
    return e instanceof UnknownHostException || e instanceof NoRouteToHostException
        || e instanceof SocketException && String.valueOf(e.getMessage()).contains("unreachable"); // ENETUNREACH has no class of its own
  }
}
