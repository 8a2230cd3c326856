package flowmatching.app;

import flowmatching.BadInputException;
import flowmatching.app.command.BenchCommand;
import flowmatching.app.command.ConformanceCommand;
import flowmatching.app.command.DemoCommand;
import flowmatching.app.command.EvalCommand;
import flowmatching.app.command.ExportCommand;
import flowmatching.app.command.InfoCommand;
import flowmatching.app.command.NewCommand;
import flowmatching.app.command.PredictCommand;
import flowmatching.app.command.RunCommand;
import flowmatching.app.command.RuntimesCommand;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The {@code flowmatching} command. Exit code 0: done; 1: it ran and the result is bad, or an internal error; 2: bad input. */
@Command(
    name = "flowmatching",
    description = "A flow matching robot policy: cameras and joint states in, action chunks out.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Main.Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    subcommands = {
      DemoCommand.class, RunCommand.class, PredictCommand.class, EvalCommand.class, InfoCommand.class, NewCommand.class,
      ExportCommand.class, BenchCommand.class, ConformanceCommand.class, RuntimesCommand.class, CommandLine.HelpCommand.class
    })
public final class Main {
  @Option(names = "--debug", description = "Log more, and print stack traces.", scope = ScopeType.INHERIT, showDefaultValue = Visibility.NEVER)
  private boolean debug;

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(run(new PrintWriter(System.out, false), new PrintWriter(System.err, true), arguments));
  }

  /** Runs a command line and gives its exit code. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    // Before the first logger is made: Log4j reads it once.
    if (List.of(arguments).contains("--debug")) {
      System.setProperty("flowmatching.log.level", "debug");
    }
    Main main = new Main();
    return new CommandLine(main)
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler((e, line, parsed) -> main.report(e, line))
        .execute(arguments);
  }

  private int report(Exception error, CommandLine line) {
    boolean expected = error instanceof BadInputException;
    line.getErr().println(line.getColorScheme().errorText((expected ? "error: " : "internal error: " + error.getClass().getSimpleName() + ": ") + error.getMessage()));
    if (debug) {
      error.printStackTrace(line.getErr());
    } else if (!expected) {
      line.getErr().println("Run again with --debug for the stack trace.");
    }
    return expected ? CommandLine.ExitCode.USAGE : CommandLine.ExitCode.SOFTWARE;
  }

  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"flowmatching " + (version == null ? "(development)" : version) + ", Java " + System.getProperty("java.version")};
    }
  }
}
