package flowmatching.ros.wire;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CI compares docs/interop.md with what ran; this notices a missing row where there are no peers. */
class InteropPageTest {
  private static final Path PAGE = Path.of(System.getProperty("flowmatching.home", "."), "docs/interop.md");

  @ParameterizedTest
  @ValueSource(strings = {"cdr.IndependentCodecTest", "wire.CycloneInteropTest", "wire.PolicyNodeInteropTest", "wire.Ros2ClientInteropTest"})
  void thePageHasARowForEachTestAgainstAPeer(String name) throws IOException, ClassNotFoundException {
    String page = Files.readString(PAGE);
    Class<?> tests = Class.forName("flowmatching.ros." + name);
    for (Method method : tests.getDeclaredMethods()) {
      if (method.isAnnotationPresent(Test.class) || method.isAnnotationPresent(ParameterizedTest.class)) {
        String words = method.getName().replaceAll("([A-Z0-9])", " $1").toLowerCase(Locale.ROOT);
        String row = " | " + words + " | passes | `" + tests.getSimpleName() + "` |";
        assertTrue(page.contains(row), () -> PAGE + ": no row '" + row + "'; run .ci/interop.sh and .ci/interop-page.py --write");
      }
    }
  }
}
