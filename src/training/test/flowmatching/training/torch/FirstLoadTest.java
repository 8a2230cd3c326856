package flowmatching.training.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, which find no library of libtorch unpacked. */
class FirstLoadTest {
  /** What each process does. */
  static final class Loading {
    public static void main(String[] arguments) {
      System.out.println(new Compute("cpu", Compute.Precision.FP32, 1));
    }
  }

  @Test
  void processesThatStartTogetherOnAFreshMachineAllLoadLibtorch(@TempDir Path cache) throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      processes.add(new ProcessBuilder(
          Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m", "-Dorg.bytedeco.javacpp.cachedir=" + cache,
          "-XX:ErrorFile=" + cache.resolve("error%p.log"), "-cp", System.getProperty("java.class.path"), Loading.class.getName())
          .redirectErrorStream(true).redirectOutput(cache.resolve(i + ".txt").toFile()).start());
    }
    for (int i = 0; i < 2; i++) {
      int code = processes.get(i).waitFor();
      String output = Files.readString(cache.resolve(i + ".txt"));
      assertEquals(0, code, output);
      assertTrue(output.strip().endsWith("cpu, float32, 1 threads"), output);
    }
  }
}
