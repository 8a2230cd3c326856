package flowmatching.app.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import me.tongfei.progressbar.InteractiveConsoleProgressBarConsumer;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.InfoCmp.Capability;

/**
 * Where a bar is drawn on a terminal, as wide as that is.
 *
 * <p>The library would ask a terminal of its own, which takes Ctrl-C from Java: it would end the process at once, with nothing saved.
 */
final class TerminalBar extends InteractiveConsoleProgressBarConsumer {
  private static final int USUAL_WIDTH = 80;
  private static final int LEAST_WIDTH = 10;
  private static final Terminal TERMINAL = open();

  TerminalBar() {
    super(System.err);
  }

  /** Whether the terminal can move its cursor, as bars do. */
  static boolean possible() {
    return TERMINAL.getStringCapability(Capability.cursor_up) != null && TERMINAL.getStringCapability(Capability.cursor_down) != null;
  }

  @Override
  public int getMaxRenderedLength() {
    int width = TERMINAL.getWidth();
    return (width < LEAST_WIDTH ? USUAL_WIDTH : width) - 1;
  }

  private static Terminal open() {
    try {
      return TerminalBuilder.builder().dumb(true).nativeSignals(false).build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
