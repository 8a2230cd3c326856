package flowmatching.inference.onnx;

import flowmatching.BadInputException;
import flowmatching.runtime.UnusableRuntimeException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * A program of this class path that builds TensorRT engines, in a process of its own: TensorRT's builder cannot be interrupted from
 * Java, a process can be ended at any time, and what the builder took of the GPU's memory goes with it.
 */
public final class BuildProcess {
  private static final Logger LOG = LogManager.getLogger(BuildProcess.class);

  private static final int PATIENCE_SECONDS = 5;
  private static final String TURN = "tensorrt.lock";

  /** Holds the lock until this process ends. */
  private static FileChannel turn;

  private BuildProcess() {}

  /** What such a program does. */
  public interface Build {
    void run() throws IOException;
  }

  /** How to run a program on this machine's Java, with this program's class path and the places where this one unpacks libraries. */
  public static List<String> command(Class<?> program, String... arguments) {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    for (String place : List.of("java.io.tmpdir", "user.home")) {
      command.add("-D" + place + "=" + System.getProperty(place));
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  /**
   * Runs a command that builds, and ends it where this thread is interrupted.
   *
   * @throws UnusableRuntimeException where it fails, with its last line as the reason, or the thread was interrupted, which it then still is
   */
  public static void run(List<String> command) {
    try {
      Path output = Files.createTempFile("flowmatching-tensorrt-", ".log");
      try {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
          int code = process.waitFor();
          if (code != 0) {
            throw new UnusableRuntimeException("TensorRT's engines cannot be built: " + lastLine(output, code));
          }
        } catch (InterruptedException e) {
          end(process);
          Thread.currentThread().interrupt();
          throw new UnusableRuntimeException("building TensorRT's engines was interrupted", e);
        }
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UnusableRuntimeException("TensorRT's engines cannot be built: " + e, e);
    }
  }

  /** Gives it a moment to take away what it has unpacked. */
  private static void end(Process process) {
    process.destroy();
    process.onExit().completeOnTimeout(process, PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    process.destroyForcibly().onExit().join();
  }

  private static String lastLine(Path output, int code) throws IOException {
    List<String> lines = new String(Files.readAllBytes(output), StandardCharsets.UTF_8).lines().filter(line -> !line.isBlank()).toList();
    lines.forEach(LOG::info);
    return lines.isEmpty() ? "exit code " + code : lines.get(lines.size() - 1);
  }

  /**
   * One build of a user at a time: TensorRT chooses kernels by their times, which another build would spoil for as long as the engines
   * are kept. A process that ends gives its turn to the next. Where there can be no such lock, or it is another user's, nobody waits.
   */
  private static void awaitTurn() {
    try {
      turn = FileChannel.open(Files.createDirectories(WeightsCache.directory()).resolve(TURN), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      turn.lock();
    } catch (IOException e) {
      LOG.debug("builds beside this one are not waited for: {}", e.toString());
    }
  }

  /**
   * The whole of such a program: ends this process, with the reason as its last line where the build fails. TensorRT's threads do not
   * keep it, and libraries that were unpacked for it go with it: ONNX Runtime's are 0.6 GB.
   */
  public static void main(Build build) {
    // Nobody wants the engines of a node that was killed.
    ProcessHandle.current().parent().ifPresent(parent -> parent.onExit().thenRun(() -> System.exit(1)));
    awaitTurn();
    try {
      build.run();
    } catch (RuntimeException | IOException | LinkageError | OutOfMemoryError e) {
      String reason = e instanceof BadInputException || e instanceof IllegalStateException ? String.valueOf(e.getMessage()) : e.toString();
      System.err.println(reason.replaceAll("\\s+", " ").strip());
      System.exit(1);
    }
    System.exit(0);
  }
}
