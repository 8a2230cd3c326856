package flowmatching.app.command;

import flowmatching.app.Terminal;
import java.util.function.Consumer;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Progress bars on standard error, so that standard output stays clean for results; where that is no terminal, a line now and then. */
final class Progress {
  private static final int BAR_MILLISECONDS = 250;
  private static final int LINE_MILLISECONDS = 5000;
  private static final int LINE_LENGTH = 100;

  private Progress() {}

  static ProgressBar bar(String task, long steps) {
    return Terminal.isError() && TerminalBar.possible() ? builder(task, steps).setUpdateIntervalMillis(BAR_MILLISECONDS).setConsumer(new TerminalBar()).build()
        : lines(task, steps, System.err::println);
  }

  /** The bar as whole lines: one each five seconds, the last at the end. */
  static ProgressBar lines(String task, long steps, Consumer<String> out) {
    return builder(task, steps).setUpdateIntervalMillis(LINE_MILLISECONDS).setConsumer(new DelegatingProgressBarConsumer(new Lines(out), LINE_LENGTH)).build();
  }

  private static ProgressBarBuilder builder(String task, long steps) {
    return new ProgressBarBuilder().setTaskName(task).setInitialMax(steps).setStyle(ProgressBarStyle.ASCII);
  }

  /** Passes a line on where it is another than the last, and none after the end: there the bar is drawn as often as its parts are closed, each with its time. */
  private static final class Lines implements Consumer<String> {
    private final Consumer<String> out;
    private String last = "";

    private Lines(Consumer<String> out) {
      this.out = out;
    }

    @Override
    public synchronized void accept(String line) {
      String text = line.strip();
      if (!text.equals(last) && !last.contains(" 100% ")) {
        last = text;
        out.accept(text);
      }
    }
  }
}
