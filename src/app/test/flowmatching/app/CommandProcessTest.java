package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.TestData;
import flowmatching.checkpoint.Directories;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own shows: standard output and signals. */
@Timeout(120)
class CommandProcessTest {
  @TempDir Path directory;

  private static ProcessBuilder command(String... arguments) {
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT", Path.of(System.getProperty("java.home"), "bin/java").toString(), "-cp",
        System.getProperty("java.class.path"), "-Dflowmatching.home=" + TestData.home(), "flowmatching.app.Main"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }

  private static String error(Process process) throws IOException {
    return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void aResultThatAFullDiskDoesNotTakeIsNoSuccess() throws Exception {
    Process process = command("dataset", "info", TestData.path("datasets/reach_v30_image").toString()).redirectOutput(Path.of("/dev/full").toFile()).start();
    assertEquals("error: standard output: cannot be written, not all of the result is there", error(process).strip());
    assertEquals(1, process.waitFor());
  }

  @Test
  void whoReadsTheBeginningOnlyHearsNoComplaint() throws Exception {
    Process process = command("dataset", "info", TestData.path("datasets/reach_v30_image").toString()).start();
    process.getInputStream().close();
    assertEquals("", error(process));
    assertEquals(0, process.waitFor());
  }

  /** 680 MB are written, of which a hidden part stayed behind. */
  @Test
  void aCheckpointThatIsInterruptedLeavesNothing() throws Exception {
    Path made = directory.resolve("made");
    Process process = interrupted(command("new", TestData.path("reference/full_size_one_camera.json").toString(), made.toString()));
    assertEquals(143, process.exitValue(), error(process));
    assertEquals(0, size(directory));
  }

  /** Logs for the first time while it ends, as a command does that Ctrl-C meets at its start. */
  static final class Late {
    private Late() {}

    public static void main(String[] arguments) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> LogManager.getLogger(Late.class).info("said late")));
    }
  }

  @Test
  void aCommandThatIsInterruptedBeforeItsFirstMessageShowsNoStackTrace() throws Exception {
    List<String> line = new ArrayList<>(command().command());
    line.set(line.size() - 1, Late.class.getName());
    Process process = new ProcessBuilder(line).start();
    String said = error(process);
    assertTrue(said.contains("said late") && !said.contains("\tat "), said);
    assertEquals(0, process.waitFor());
  }

  @Test
  void anArchiveForRobotsSaysThatItDoesNotTrain() throws Exception {
    List<String> line = new ArrayList<>(command("train", "--dataset.root=" + TestData.path("datasets/reach_v30_image"), "--output_dir=" + directory.resolve("run")).command());
    // As packaging/release.sh --robot.
    line.replaceAll(word -> word.equals(System.getProperty("java.class.path"))
        ? String.join(":", Stream.of(word.split(":")).filter(jar -> !jar.matches(".*/(pytorch|openblas)-[^/]*")).toList()) : word);
    Process process = new ProcessBuilder(line).start();
    assertEquals("error: this build has no libtorch, as archives of packaging/release.sh --robot and --gpu: it does not train", error(process).strip());
    assertEquals(2, process.waitFor());
  }

  @Test
  void aBundleForAGpuIsPackedByTheScriptOfTheCheckoutWhoseResultIsTheCommands() throws Exception {
    Files.createDirectories(directory.resolve("models"));
    List<String> line = command("bench", "--gpu-bundle").command();
    line.replaceAll(word -> word.startsWith("-Dflowmatching.home=") ? "-Dflowmatching.home=" + directory : word);
    Process without = new ProcessBuilder(line).start();
    assertEquals("error: --gpu-bundle: expected a checkout, which has packaging/release.sh, found " + directory, error(without).strip());
    assertEquals(2, without.waitFor());
    Files.createDirectories(directory.resolve("packaging"));
    Files.writeString(directory.resolve("packaging/release.sh"), "echo \"$PWD: $*\"; exit 3");
    for (String size : List.of("60M", "1G")) {
      if (size.equals("1G")) {
        line.set(line.size() - 1, "--gpu-bundle=1G");
      }
      Process packing = new ProcessBuilder(line).start();
      assertEquals(directory.toRealPath() + ": --gpu --split=" + size, new String(packing.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
      assertEquals(3, packing.waitFor());
    }
  }

  /** The same weights, for a moment. */
  @Test
  void aBenchThatIsInterruptedLeavesNoWeights() throws Exception {
    List<String> line = new ArrayList<>(command("bench", TestData.path("reference/full_size_one_camera.json").toString(), "--runs=1").command());
    line.add(line.indexOf("-cp"), "-Djava.io.tmpdir=" + directory);
    Process process = interrupted(new ProcessBuilder(line));
    assertEquals(143, process.exitValue(), error(process));
    assertEquals(0, size(directory));
  }

  /** A process that ended because it was told to while it wrote. Where this one waited for a processor for so long that it was done before, there is another. */
  private Process interrupted(ProcessBuilder command) throws IOException, InterruptedException {
    while (true) {
      Process process = command.start();
      while (process.isAlive() && size(directory) < 10_000_000) {
        Thread.sleep(5);
      }
      process.toHandle().destroy();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      if (process.exitValue() != 0) {
        return process;
      }
      Directories.delete(directory.resolve("made"));
    }
  }

  /** Bytes of the files there, of which some come and go meanwhile. */
  private static long size(Path place) throws IOException {
    long[] sum = {0};
    Files.walkFileTree(place, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        sum[0] += attributes.size();
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFileFailed(Path file, IOException gone) {
        return FileVisitResult.CONTINUE;
      }
    });
    return sum[0];
  }
}
