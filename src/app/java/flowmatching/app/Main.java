package flowmatching.app;

import flowmatching.BadInputException;
import flowmatching.SimilarNames;
import flowmatching.app.command.BenchCommand;
import flowmatching.app.command.CheckRobotCommand;
import flowmatching.app.command.ConformanceCommand;
import flowmatching.app.command.DatasetCommand;
import flowmatching.app.command.DemoCommand;
import flowmatching.app.command.EvalCommand;
import flowmatching.app.command.ExportCommand;
import flowmatching.app.command.HubCommand;
import flowmatching.app.command.InfoCommand;
import flowmatching.app.command.NewCommand;
import flowmatching.app.command.PredictCommand;
import flowmatching.app.command.RecordCommand;
import flowmatching.app.command.RunCommand;
import flowmatching.app.command.RuntimesCommand;
import flowmatching.app.command.StopSignal;
import flowmatching.app.command.TrainCommand;
import flowmatching.ros.parameter.RosArguments;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code flowmatching} command. Exit code 0: done; 1: it ran and the result is bad, or an internal error; 2: bad input. */
@Command(
    name = "flowmatching",
    description = "A flow matching robot policy: cameras and joint states in, action chunks out.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Main.Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true)
public final class Main implements Supplier<RosArguments> {
  static final List<Class<?>> COMMANDS = List.of(
      DemoCommand.class, RunCommand.class, TrainCommand.class, CheckRobotCommand.class, RecordCommand.class, PredictCommand.class,
      EvalCommand.class, InfoCommand.class, NewCommand.class, DatasetCommand.class, HubCommand.class,
      ExportCommand.class, BenchCommand.class, ConformanceCommand.class, RuntimesCommand.class,
      CommandLine.HelpCommand.class);
  /** What the system says where the kind of exception says it alone. */
  private static final Map<Class<?>, String> REASONS = Map.of(AccessDeniedException.class, "Permission denied", NotDirectoryException.class, "Not a directory",
      FileAlreadyExistsException.class, "File exists", NoSuchFileException.class, "No such file or directory");
  private static final String LOG_LEVEL = "flowmatching.log.level";

  private final RosArguments rosArguments;

  @Option(names = "--debug", description = "Log more, and print stack traces.", scope = ScopeType.INHERIT, showDefaultValue = Visibility.NEVER)
  private boolean debug;

  private Main(RosArguments rosArguments) {
    this.rosArguments = rosArguments;
  }

  /** What followed {@code --ros-args}. */
  @Override
  public RosArguments get() {
    return rosArguments;
  }

  public static void main(String[] arguments) {
    PrintWriter out = new PrintWriter(System.out, false);
    PrintWriter err = new PrintWriter(System.err, true);
    int code = run(out, err, arguments);
    // Who does not read a pipe to its end, like head, has what he wanted.
    if (out.checkError() && !Terminal.isOutputPipe()) {
      err.println("error: standard output: cannot be written, not all of the result is there");
      code = Math.max(code, CommandLine.ExitCode.SOFTWARE);
    }
    if (!StopSignal.endsProcess()) { // else Java 17 ends with this code and not the signal's where it is told so in the last moment
      System.exit(code);
    }
  }

  /** Runs a command line and gives its exit code. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    RosArguments ros;
    try {
      ros = RosArguments.parse(Stream.of(arguments).map(Main::fromHome).toList());
    } catch (BadInputException e) {
      err.println("error: " + e.getMessage());
      return CommandLine.ExitCode.USAGE;
    }
    // Before the first logger is made: Log4j reads it once.
    ros.logLevel().ifPresent(level -> System.setProperty(LOG_LEVEL, level));
    if (ros.rest().contains("--debug")) {
      System.setProperty(LOG_LEVEL, "debug");
    }
    System.setProperty("org.bytedeco.javacpp.logger", "slf4j"); // and so Log4j; else it writes to standard error itself
    Main main = new Main(ros);
    CommandLine line = new CommandLine(main);
    commands(ros.rest()).forEach(command -> line.addSubcommand(new CommandLine(command)));
    IParameterExceptionHandler usual = line.getParameterExceptionHandler();
    return line
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler((error, all) -> refuse(error, all, usual))
        .setExecutionExceptionHandler((e, failed, parsed) -> main.report(e, failed))
        .execute(ros.rest().toArray(new String[0]));
  }

  /** The one that is named first: to describe all of them takes a fifth of a node's start. All of them where none is. */
  private static List<Class<?>> commands(List<String> arguments) {
    return COMMANDS.stream()
        .filter(command -> arguments.stream().limit(1).anyMatch(command.getAnnotation(Command.class).name()::equals))
        .filter(command -> command != CommandLine.HelpCommand.class)
        .<List<Class<?>>>map(List::of)
        .findFirst().orElse(COMMANDS);
  }

  /** As in {@code --flag ~/x}, where the shell does it. */
  private static String fromHome(String argument) {
    String home = System.getenv("HOME");
    return home == null ? argument : argument.replaceFirst("^(--[\\w.-]+=)~(?=/|$)", "$1" + Matcher.quoteReplacement(home));
  }

  /** In a line or two, since all flags of a command would push the reason off the screen; where no command is named, with those that there are. */
  private static int refuse(ParameterException error, String[] arguments, IParameterExceptionHandler usual) throws Exception {
    CommandLine line = error.getCommandLine();
    if (error instanceof UnmatchedArgumentException unmatched && !line.getSubcommands().isEmpty()) {
      String command = unmatched.getUnmatched().get(0);
      if (!command.startsWith("-")) {
        line.getErr().println(line.getColorScheme().errorText("error: there is no command '" + command + "'"
            + SimilarNames.hint(command, line.getSubcommands().keySet())));
        return CommandLine.ExitCode.USAGE;
      }
    }
    if (!line.getSubcommands().isEmpty() && !(error instanceof UnmatchedArgumentException)) {
      return usual.handleParseException(error, arguments);
    }
    List<String> near = error instanceof UnmatchedArgumentException unmatched ? unmatched.getSuggestions() : List.of();
    line.getErr().println(line.getColorScheme().errorText("error: " + error.getMessage() + (near.isEmpty() ? withoutFlag(line, arguments) : "; did you mean " + String.join(" or ", near) + "?")));
    line.getErr().println("'" + line.getCommandSpec().qualifiedName() + " --help' lists the flags");
    return CommandLine.ExitCode.USAGE;
  }

  /** Some commands take with a flag what others take without. */
  private static String withoutFlag(CommandLine line, String[] arguments) {
    boolean flagged = Stream.of(arguments).anyMatch(argument -> argument.matches("--(policy[._]path|dataset[._](root|repo_id))(=.*)?"));
    List<PositionalParamSpec> places = line.getCommandSpec().positionalParameters();
    return flagged && !places.isEmpty() && places.get(0).stringValues().isEmpty() ? "; " + places.get(0).paramLabel() + " is given without a flag" : "";
  }

  private int report(Exception error, CommandLine line) {
    Optional<String> mendable = mendable(error);
    boolean expected = mendable.isPresent();
    // A full disk, say, is none of ours either.
    String kind = error instanceof IOException && error.getMessage() != null ? "error: " : "internal error: " + error.getClass().getSimpleName() + ": ";
    String text = mendable.map(reason -> "error: " + reason).orElse(kind + error.getMessage());
    line.getErr().println(line.getColorScheme().errorText(text));
    if (debug) {
      error.printStackTrace(line.getErr());
    } else if (!expected) {
      line.getErr().println("Run again with --debug for the stack trace.");
    }
    return expected ? CommandLine.ExitCode.USAGE : CommandLine.ExitCode.SOFTWARE;
  }

  /** What the user can mend: bad input, or a place that the system does not let be written. */
  private static Optional<String> mendable(Exception error) {
    if (error instanceof FileSystemException refused) {
      String reason = refused.getReason() == null ? REASONS.get(refused.getClass()) : refused.getReason();
      return Optional.ofNullable(reason).map(text -> refused.getFile() + ": " + text);
    }
    return error instanceof BadInputException ? Optional.of(error.getMessage()) : Optional.empty();
  }

  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"flowmatching " + (version == null ? "(development)" : version) + ", Java " + System.getProperty("java.version")};
    }
  }
}
