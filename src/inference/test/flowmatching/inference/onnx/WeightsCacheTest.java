package flowmatching.inference.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsCacheTest {
  @TempDir Path directory;

  /** The XDG Base Directory Specification: $XDG_CACHE_HOME, else $HOME/.cache. */
  @Test
  void theCacheIsWhereTheEnvironmentSaysAndElseInTheUsersHome() {
    assertEquals(Path.of("/var/cache/flowmatching"), WeightsCache.directory(Map.of("XDG_CACHE_HOME", "/var/cache", "HOME", "/data"), "?"));
    assertEquals(Path.of("/data/.cache/flowmatching"), WeightsCache.directory(Map.of("HOME", "/data"), "?"));
    assertEquals(Path.of("/home/me/.cache/flowmatching"), WeightsCache.directory(Map.of(), "/home/me"));
  }

  private Path at(String name, Duration age) throws IOException {
    Path path = directory.resolve(name);
    if (name.contains("engines")) {
      Files.writeString(Files.createDirectories(path).resolve("engine"), "x");
    } else {
      Files.writeString(path, "x");
    }
    return Files.setLastModifiedTime(path, FileTime.from(Instant.now().minus(age)));
  }

  @Test
  void theNewestAndThreeOthersOfAKindStay() throws IOException {
    Path newest = at("trt-0.engines", Duration.ofHours(9));
    List<Path> stay = List.of(newest, at("trt-1.engines", Duration.ofHours(1)), at("trt-2.engines", Duration.ofHours(2)), at("trt-3.engines", Duration.ofHours(3)),
        at("other-trt-5.engines", Duration.ofDays(9)), at("trt-6.safetensors", Duration.ofDays(9)));
    at("trt-4.engines", Duration.ofHours(4));
    WeightsCache.removeOld(newest, "trt");
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(Set.copyOf(stay), left.collect(Collectors.toSet()));
    }
  }

  /** A process that is killed cannot take away what it has begun. */
  @Test
  void whatKilledProcessesHaveBegunGoesAfterADay() throws IOException {
    Path newest = at("trt-0.engines", Duration.ZERO);
    List<Path> stay = List.of(newest, at(".trt-1.engines.7-1.part", Duration.ofHours(2)), at(".other-1.engines.7-1.part", Duration.ofDays(2)));
    at(".trt-2.engines.7-1.part", Duration.ofDays(2));
    at(".trt-2.safetensors.7-1.part", Duration.ofDays(2));
    WeightsCache.removeOld(newest, "trt");
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(Set.copyOf(stay), left.collect(Collectors.toSet()));
    }
  }
}
