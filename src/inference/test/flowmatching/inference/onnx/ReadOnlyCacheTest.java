package flowmatching.inference.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cache that was filled elsewhere and is read-only, as in a container's image; a process of its own sees it mounted so. */
class ReadOnlyCacheTest {
  private static final Path MODEL = TestData.path("golden_models/b_small_one_camera");

  @TempDir Path cache;

  @Test
  void aCopyThatIsThereIsUsed() throws IOException, InterruptedException {
    assumeTrue(readOnly("true").isEmpty(), "this system lets nobody mount a directory read-only");
    open(cache);
    String java = Path.of(System.getProperty("java.home"), "bin/java").toString();
    assertEquals("", readOnly(java, "-cp", System.getProperty("java.class.path"), User.class.getName(), cache.toString()));
  }

  private static void open(Path cache) {
    try (Checkpoint checkpoint = Checkpoint.open(MODEL)) {
      QuantizedWeights.open(checkpoint.weights(), cache).close();
    }
  }

  /** Runs a command that sees the cache read-only; gives what it said where it failed, else nothing. */
  private String readOnly(String... command) throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of("unshare", "--map-root-user", "--mount", "sh", "-c",
        "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && ! touch \"$0/new\" 2>&- && exec \"$@\"", cache.toString()));
    line.addAll(Arrays.asList(command));
    try {
      Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? "" : "failed: " + output;
    } catch (IOException e) {
      return e.toString(); // no such command
    }
  }

  static final class User {
    public static void main(String[] arguments) {
      open(Path.of(arguments[0]));
    }
  }
}
