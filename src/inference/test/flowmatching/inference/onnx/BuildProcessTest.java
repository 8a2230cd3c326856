package flowmatching.inference.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import flowmatching.BadInputException;
import flowmatching.runtime.UnusableRuntimeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BuildProcessTest {
  private static final String TEMPORARY = "java.io.tmpdir";

  @TempDir Path temporary;

  private String before;

  @BeforeEach
  void remember() {
    before = System.setProperty(TEMPORARY, temporary.toString());
  }

  @AfterEach
  void restore() {
    System.setProperty(TEMPORARY, before);
  }

  /** Unpacks a library as ONNX Runtime does, to be deleted when the process ends, and then does as it is told. */
  static final class Builder {
    public static void main(String[] arguments) {
      BuildProcess.main(() -> {
        Path library = Files.createTempFile("library", ".so");
        library.toFile().deleteOnExit();
        switch (arguments[0]) {
          case "fail" -> throw new BadInputException("the device has\n  too little memory\n");
          case "tell" -> throw new BadInputException(library.getParent().toString());
          case "alone" -> alone(Path.of(arguments[1]));
          case "wait" -> sleep(Path.of(arguments[1]));
          default -> { }
        }
      });
    }

    /** Fails where another is there. */
    private static void alone(Path here) throws IOException {
      Files.createFile(here);
      LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
      Files.delete(here);
    }

    private static void sleep(Path begun) throws IOException {
      Files.createFile(begun);
      try {
        TimeUnit.MINUTES.sleep(10);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static String failure(String... arguments) {
    return assertThrows(UnusableRuntimeException.class, () -> BuildProcess.run(BuildProcess.command(Builder.class, arguments))).getMessage();
  }

  private List<Path> left() throws IOException {
    try (Stream<Path> files = Files.list(temporary)) {
      return files.toList();
    }
  }

  private static void await(Path file) throws InterruptedException {
    while (!Files.exists(file)) {
      Thread.sleep(10);
    }
  }

  @Test
  void whatWasUnpackedForABuildGoesWithItHoweverItEnds(@TempDir Path other) throws Exception {
    BuildProcess.run(BuildProcess.command(Builder.class, "succeed"));
    assertEquals(List.of(), left());
    failure("fail");
    assertEquals(List.of(), left());
    Path begun = other.resolve("begun");
    Thread builder = new Thread(() -> failure("wait", begun.toString()));
    builder.start();
    await(begun);
    builder.interrupt();
    builder.join();
    assertEquals(List.of(), left());
  }

  @Test
  void aBuildEndsWithItsParentAndLeavesNothing(@TempDir Path other) throws Exception {
    Path begun = other.resolve("begun");
    List<String> command = BuildProcess.command(Builder.class, "wait", begun.toString());
    Process parent = new ProcessBuilder(Stream.concat(Stream.of("sh", "-c", "\"$@\" & wait", "sh"), command.stream()).toList()).start();
    await(begun);
    ProcessHandle build = parent.children().findFirst().orElseThrow();
    parent.destroyForcibly();
    build.onExit().get(30, TimeUnit.SECONDS);
    assertFalse(build.isAlive());
    assertEquals(List.of(), left());
  }

  /** TensorRT would take the times of kernels that another build slows down. */
  @Test
  void twoBuildsAreOneAfterTheOther(@TempDir Path other) throws Exception {
    List<String> command = BuildProcess.command(Builder.class, "alone", other.resolve("here").toString());
    CompletableFuture<Void> first = CompletableFuture.runAsync(() -> BuildProcess.run(command));
    BuildProcess.run(command);
    first.get();
  }

  /** As where several users share a directory for caches, and the first of them made the lock. */
  @Test
  void aLockThatCannotBeOpenedKeepsNobodyFromBuilding(@TempDir Path caches) throws Exception {
    Files.createDirectories(caches.resolve("flowmatching/tensorrt.lock"));
    ProcessBuilder build = new ProcessBuilder(BuildProcess.command(Builder.class, "nothing")).redirectErrorStream(true);
    build.environment().put("XDG_CACHE_HOME", caches.toString());
    Process process = build.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
  }

  /** The launcher moves them for systems whose usual place is small. */
  @Test
  void aBuildUnpacksWhereThisProcessDoes() {
    assertEquals("TensorRT's engines cannot be built: " + temporary, failure("tell"));
  }

  @Test
  void aReasonOfSeveralLinesReachesTheUserWhole() {
    assertEquals("TensorRT's engines cannot be built: the device has too little memory", failure("fail"));
  }
}
