package flowmatching.inference.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WeightsCacheTest {
  /** The XDG Base Directory Specification: $XDG_CACHE_HOME, else $HOME/.cache. */
  @Test
  void theCacheIsWhereTheEnvironmentSaysAndElseInTheUsersHome() {
    assertEquals(Path.of("/var/cache/flowmatching"), WeightsCache.directory(Map.of("XDG_CACHE_HOME", "/var/cache", "HOME", "/data"), "?"));
    assertEquals(Path.of("/data/.cache/flowmatching"), WeightsCache.directory(Map.of("HOME", "/data"), "?"));
    assertEquals(Path.of("/home/me/.cache/flowmatching"), WeightsCache.directory(Map.of(), "/home/me"));
  }
}
