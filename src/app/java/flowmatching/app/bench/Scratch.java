package flowmatching.app.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A temporary directory that goes with its work, also where the process is told to end before: copies of weights lie in it. */
final class Scratch implements AutoCloseable {
  private final Path directory = Files.createTempDirectory("flowmatching-bench-");
  private final Thread ending = new Thread(() -> delete(directory().toFile()));

  Scratch() throws IOException {
    Runtime.getRuntime().addShutdownHook(ending);
  }

  Path directory() {
    return directory;
  }

  private static void delete(File file) {
    File[] inside = file.listFiles();
    for (File each : inside == null ? new File[0] : inside) {
      delete(each);
    }
    file.delete(); // what cannot be deleted stays: it is the system's temporary directory
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(ending);
    } catch (IllegalStateException e) {
      return; // it is running
    }
    delete(directory.toFile());
  }
}
