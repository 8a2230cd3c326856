package flowmatching.training.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
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
  void aProcessThatStartsWhileAnotherUnpacksLibtorchLoadsItToo(@TempDir Path cache) throws Exception {
    Process first = start(cache, "first.txt");
    while (first.isAlive() && !writesLibtorch(cache)) {
      Thread.sleep(10);
    }
    Process second = start(cache, "second.txt");
    finish(first, cache.resolve("first.txt"));
    finish(second, cache.resolve("second.txt"));
  }

  private static Process start(Path cache, String output) throws IOException {
    return new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m", "-Dorg.bytedeco.javacpp.cachedir=" + cache,
        "-XX:ErrorFile=" + cache.resolve("error%p.log"), "-cp", System.getProperty("java.class.path"), Loading.class.getName())
        .redirectErrorStream(true).redirectOutput(cache.resolve(output).toFile()).start();
  }

  private static boolean writesLibtorch(Path cache) throws IOException {
    try (Stream<Path> files = Files.find(cache, 9, (file, attributes) -> file.getFileName().toString().startsWith("libtorch_cpu."))) {
      return files.findAny().isPresent();
    } catch (UncheckedIOException e) {
      return false; // what was being unpacked has its own name now
    }
  }

  private static void finish(Process process, Path output) throws Exception {
    int code = process.waitFor();
    String said = Files.readString(output);
    assertEquals(0, code, said);
    assertTrue(said.strip().endsWith("cpu, float32, 1 threads"), said);
  }
}
