package flowmatching;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Runs scripts with independent implementations. The interpreter is {@code $FLOWMATCHING_PYTHON}, else {@code python3}; where it
 * lacks a module that a test needs, the test is skipped (CI counts skipped tests as failures).
 */
public final class Python {
  private static final Path HOME = Path.of(System.getProperty("flowmatching.home", "."));

  private Python() {}

  /** Skips the test that calls unless Python is there with these modules. */
  public static void assumeModule(String... modules) throws IOException, InterruptedException {
    boolean usable;
    try {
      usable = new ProcessBuilder(interpreter(), "-c", "import " + String.join(", ", modules))
          .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
    } catch (IOException e) { // no such program
      usable = false;
    }
    assumeTrue(usable, interpreter() + " with " + String.join(", ", modules) + " (pip install; set FLOWMATCHING_PYTHON)");
  }

  /** Runs a script of the repository to its end and returns what it printed; fails unless it ends well. */
  public static String run(String script, String... arguments) throws IOException, InterruptedException {
    Process process = start(environment -> {}, script, arguments);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  /** Starts a script of the repository; its output and errors are one stream. */
  public static Process start(Consumer<Map<String, String>> environment, String script, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(interpreter(), "-u", script));
    command.addAll(List.of(arguments));
    ProcessBuilder process = new ProcessBuilder(command).directory(HOME.toFile()).redirectErrorStream(true);
    environment.accept(process.environment());
    return process.start();
  }

  /** Starts a module; its output and errors are one stream. */
  public static Process startModule(Consumer<Map<String, String>> environment, String module, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(interpreter(), "-u", "-m", module));
    command.addAll(arguments);
    ProcessBuilder process = new ProcessBuilder(command).directory(HOME.toFile()).redirectErrorStream(true);
    environment.accept(process.environment());
    return process.start();
  }

  private static String interpreter() {
    String chosen = System.getenv("FLOWMATCHING_PYTHON");
    return chosen == null || chosen.isBlank() ? "python3" : chosen;
  }
}
