package flowmatching.app.bench;

import flowmatching.BadInputException;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.RuntimeProvider;
import flowmatching.runtime.Runtimes;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * This package's runtimes as contestants, each in a Java of the same options as this one.
 *
 * @param options of every runtime
 * @param cameraWidth of the robot's pictures, for the time from pictures to input
 * @param cameraHeight likewise
 * @param throwAway whether what runtimes keep of these weights goes with them, because the weights do
 */
public record OurEntrants(RuntimeOptions options, int cameraWidth, int cameraHeight, boolean throwAway) {
  /** Takes every runtime there is. */
  public static final String ALL = "all";

  /**
   * The runtimes of a list.
   *
   * @param names separated by commas, or {@link #ALL}
   * @throws BadInputException where one is unknown
   */
  public List<Entrant> of(String names) {
    List<String> known = Runtimes.all().stream().map(RuntimeProvider::name).toList();
    List<String> chosen = names.equals(ALL) ? known : Arrays.stream(names.split(",")).map(String::strip).distinct().toList();
    for (String name : chosen) {
      if (!known.contains(name) && !name.equals(Runtimes.AUTO)) {
        throw new BadInputException("--runtime: expected auto, all or some of " + known + ", found '" + name + "'");
      }
    }
    return chosen.stream().map(name -> new Entrant(name, (checkpoint, inputs) -> process(name, checkpoint, inputs))).toList();
  }

  private ProcessBuilder process(String runtime, Path checkpoint, Path inputs) {
    ProcessBuilder process = java(
        RuntimeMain.class, runtime, checkpoint.toString(), inputs.toString(), String.valueOf(options.threads()), String.valueOf(options.spinning()),
        String.valueOf(options.deviceMemory()), String.valueOf(cameraWidth), String.valueOf(cameraHeight));
    if (throwAway) {
      process.environment().put("XDG_CACHE_HOME", inputs.getParent().toString());
    }
    return process;
  }

  /** The contestant that measures the machine. */
  public Entrant ceiling() {
    return new Entrant("ceiling", (checkpoint, inputs) -> java(CeilingMain.class, String.valueOf(options.threads())));
  }

  private static ProcessBuilder java(Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }
}
