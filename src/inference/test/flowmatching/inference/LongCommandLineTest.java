package flowmatching.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import flowmatching.runtime.RuntimeProvider;
import flowmatching.runtime.Runtimes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** ONNX Runtime reads the command line of its process, and a long one once ended it. */
class LongCommandLineTest {
  @Test
  void aLongCommandLineDoesNotEndTheProcess() throws IOException, InterruptedException {
    ProcessBuilder java = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-cp", System.getProperty("java.class.path"),
        Probe.class.getName(), "/a/directory".repeat(8_000)).redirectErrorStream(true);
    java.environment().remove("ORT_DISABLE_TELEMETRY");
    Process process = java.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
  }

  static final class Probe {
    public static void main(String[] arguments) {
      for (RuntimeProvider provider : Runtimes.all()) {
        // Those for GPUs may be missing; asking them must not end the process either.
        boolean usable = provider.probe().usable();
        if (provider.name().equals("onnxruntime") && !usable) {
          throw new IllegalStateException(provider.name() + ": " + provider.probe().reason());
        }
      }
    }
  }
}
