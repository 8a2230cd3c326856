package flowmatching.app;

import java.io.PrintWriter;
import java.io.StringWriter;

/** Runs commands in this process. */
final class CommandLines {
  private CommandLines() {}

  record Outcome(int code, String out, String err) {}

  static Outcome run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    return new Outcome(code, out.toString(), err.toString());
  }
}
