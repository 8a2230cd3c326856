package flowmatching.app.training;

import flowmatching.app.Terminal;
import flowmatching.training.Trainer.StepResult;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar on the terminal: steps, time left, loss, learning rate, samples a second. Where standard error is no terminal, log lines do. */
final class TrainingProgress implements AutoCloseable {
  private static final int MILLIS = 500;
  /** Back to the line's begin, and empty it: else a log line would follow the bar on the same line. */
  private static final String CLEAR = "\r\033[K";

  private final ProgressBar bar;

  /** @param step that the run begins at */
  TrainingProgress(long step, long steps) {
    bar = !Terminal.isError()
        ? null
        : new ProgressBarBuilder().setTaskName("train").setInitialMax(steps).startsFrom(step, Duration.ZERO)
            .setStyle(ProgressBarStyle.ASCII).setUpdateIntervalMillis(MILLIS).build();
  }

  void step(StepResult result, double samplesPerSecond) {
    if (bar != null) {
      bar.setExtraMessage(message(result, samplesPerSecond));
      bar.stepTo(result.step());
    }
  }

  static String message(StepResult result, double samplesPerSecond) {
    return String.format(Locale.ROOT, " loss %.3f lr %.1e %.0f smp/s", result.loss(), result.learningRate(), samplesPerSecond);
  }

  /** To be called before something is logged. */
  void makeRoom() {
    if (bar != null) {
      System.err.print(CLEAR);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
