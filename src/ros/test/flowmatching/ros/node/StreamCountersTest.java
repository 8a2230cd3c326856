package flowmatching.ros.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.control.Counters;
import java.io.StringWriter;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.WriterAppender;
import org.apache.logging.log4j.core.layout.PatternLayout;
import org.junit.jupiter.api.Test;

class StreamCountersTest {
  private final Counters counters = new Counters();

  /** What is written when a stamp goes back by 4.35 s. */
  private String log(boolean simulatedTime) {
    StringWriter log = new StringWriter();
    LoggerContext context = (LoggerContext) LogManager.getContext(false);
    var appender = WriterAppender.createAppender(PatternLayout.newBuilder().withPattern("%p %m%n").build(), null, log, "written", false, true);
    appender.start();
    var logger = context.getConfiguration().getRootLogger();
    Level level = logger.getLevel();
    logger.addAppender(appender, Level.INFO, null);
    logger.setLevel(Level.INFO);
    context.updateLoggers();
    try {
      StreamCounters stream = new StreamCounters("front", "/front", simulatedTime, counters);
      stream.stamped(5_350_000_000L);
      stream.stamped(1_000_000_000L);
    } finally {
      logger.removeAppender("written");
      logger.setLevel(level);
      context.updateLoggers();
    }
    assertEquals(1, counters.snapshot().get("stream.front.stamp_backwards"));
    return log.toString();
  }

  @Test
  void aStampThatGoesBackIsSaidWithAsManyDigitsAsMatter() {
    assertEquals("WARN /front: a stamp went back by 4.350 s (1 so far)", log(false).strip());
  }

  @Test
  void inSimulatedTimeItIsOnlyCountedBecauseTheClockSaysIt() {
    assertTrue(log(true).isEmpty());
  }
}
