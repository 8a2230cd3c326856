package flowmatching.inference;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import flowmatching.runtime.RuntimeProvider;
import flowmatching.runtime.RuntimeProvider.Availability;
import flowmatching.runtime.Runtimes;
import java.util.List;

/** Runtimes that need more of the processor than every machine has. */
final class UsableRuntimes {
  private UsableRuntimes() {}

  static RuntimeProvider provider(String name) {
    return Runtimes.all().stream().filter(provider -> provider.name().equals(name)).findFirst().orElseGet(() -> fail("no runtime " + name));
  }

  static List<String> names() {
    return Runtimes.all().stream().filter(provider -> provider.probe().usable()).map(RuntimeProvider::name).toList();
  }

  /** Leaves a test out, and says why, where a runtime cannot be used here; ONNX Runtime can everywhere. */
  static void assumeUsable(String name) {
    Availability found = provider(name).probe();
    assumeTrue(found.usable() || name.startsWith("onnxruntime"), name + ": " + found.reason());
  }
}
