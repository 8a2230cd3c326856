package flowmatching.checkpoint;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoriesTest {
  @TempDir Path directory;

  @Test
  void aDirectoryAFileOrALinkGoesButNotWhatALinkLeadsTo() throws IOException {
    Path kept = Files.createDirectories(directory.resolve("kept"));
    Files.writeString(kept.resolve("file"), "x");
    Path gone = Files.createDirectories(directory.resolve("gone/below")).getParent();
    Files.writeString(gone.resolve("below/file"), "x");
    Files.createSymbolicLink(gone.resolve("link"), kept);
    Path link = Files.createSymbolicLink(directory.resolve("link"), kept);
    Path file = Files.writeString(directory.resolve("file"), "x");
    for (Path each : List.of(gone, link, file, directory.resolve("none"))) {
      Directories.delete(each);
    }
    try (var left = Files.walk(directory)) {
      assertEquals(List.of(directory, kept, kept.resolve("file")), left.sorted().toList());
    }
  }

  /** As two processes that make room in the same cache. */
  @Test
  void whatAnotherDeletesAtTheSameTimeIsNoFailure() throws Exception {
    ExecutorService two = Executors.newFixedThreadPool(2);
    try {
      for (int round = 0; round < 200; round++) {
        Path tree = directory.resolve("tree-" + round);
        for (int i = 0; i < 20; i++) {
          Files.writeString(Files.createDirectories(tree.resolve("" + i % 5)).resolve("" + i), "x");
        }
        CyclicBarrier together = new CyclicBarrier(2);
        List<Future<?>> deletions = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
          deletions.add(two.submit(() -> {
            together.await();
            Directories.delete(tree);
            return null;
          }));
        }
        for (Future<?> deletion : deletions) {
          assertDoesNotThrow(() -> deletion.get());
        }
        assertFalse(Files.exists(tree));
      }
    } finally {
      two.shutdownNow();
    }
  }
}
