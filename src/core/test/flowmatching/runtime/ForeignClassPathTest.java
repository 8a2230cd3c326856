package flowmatching.runtime;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runtimes in programs whose class path or class loaders are not those of the command. */
class ForeignClassPathTest {
  @TempDir Path directory;

  private final ClassLoader before = Thread.currentThread().getContextClassLoader();

  @AfterEach
  void restore() {
    Thread.currentThread().setContextClassLoader(before);
  }

  /** A runtime whose library was left out of the class path. */
  public static final class WithoutItsLibrary implements RuntimeProvider {
    @Override
    public String name() {
      return "without-library";
    }

    @Override
    public String description() {
      return "a runtime without its library";
    }

    @Override
    public int rank() {
      return 1;
    }

    @Override
    public Availability probe() {
      throw new NoClassDefFoundError("some/Library");
    }

    @Override
    public PolicySession open(Checkpoint checkpoint, RuntimeOptions options) {
      throw new AssertionError("it is not usable");
    }
  }

  @Test
  void aClassPathWithoutRuntimesIsToldWhatItLacks() {
    String message = assertThrows(BadInputException.class, () -> Runtimes.open(Runtimes.AUTO, null, RuntimeOptions.defaults())).getMessage();
    assertTrue(message.contains("flowmatching-inference") && message.contains("META-INF/services/flowmatching.runtime.RuntimeProvider"), message);
  }

  @Test
  void aRuntimeWhoseLibraryIsNotOnTheClassPathIsUnusableAndNotAnError() throws IOException {
    ClassLoader loader = loaderWith(WithoutItsLibrary.class);
    Thread.currentThread().setContextClassLoader(loader);
    String message = assertThrows(UnusableRuntimeException.class, () -> Runtimes.open(Runtimes.AUTO, null, RuntimeOptions.defaults())).getMessage();
    assertTrue(message.contains("without-library") && message.contains("some/Library"), message);
    assertTrue(Runtimes.quickStart(Runtimes.AUTO, null, RuntimeOptions.defaults()).isEmpty());
  }

  private ClassLoader loaderWith(Class<? extends RuntimeProvider> provider) throws IOException {
    Path file = directory.resolve("META-INF/services/flowmatching.runtime.RuntimeProvider");
    Files.createDirectories(file.getParent());
    Files.writeString(file, provider.getName());
    return new URLClassLoader(new URL[] {directory.toUri().toURL()}, Runtimes.class.getClassLoader());
  }
}
