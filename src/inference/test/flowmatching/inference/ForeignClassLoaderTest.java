package flowmatching.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import flowmatching.runtime.RuntimeProvider;
import flowmatching.runtime.Runtimes;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForeignClassLoaderTest {
  /** Threads that native code attaches, and those of containers, have a loader that does not see the program's jars. */
  @Test
  void runtimesAreFoundOnAThreadWhoseClassLoaderDoesNotSeeThem() {
    List<String> usual = Runtimes.all().stream().map(RuntimeProvider::name).toList();
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try {
      Thread.currentThread().setContextClassLoader(ClassLoader.getPlatformClassLoader());
      assertEquals(usual, Runtimes.all().stream().map(RuntimeProvider::name).toList());
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }
}
