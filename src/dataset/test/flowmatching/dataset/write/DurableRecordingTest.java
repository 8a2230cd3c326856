package flowmatching.dataset.write;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A robot is switched off at the wall: what the set's files say must be on the disk before a file that was whole is replaced. */
class DurableRecordingTest {
  @TempDir Path directory;

  @Test
  void everyFileOfASavedEpisodeIsBroughtToTheDisk() throws IOException {
    Path root = directory.resolve("set");
    Set<String> forced;
    try (Recording events = new Recording()) {
      events.enable("jdk.FileForce").withoutThreshold();
      events.start();
      TestRecording.record(root, true, 0, 2);
      events.stop();
      Path file = directory.resolve("events.jfr");
      events.dump(file);
      forced = RecordingFile.readAllEvents(file).stream().map(event -> event.getString("path")).collect(Collectors.toSet());
    }
    try (Stream<Path> files = Files.walk(root)) {
      List<Path> lost = files.filter(Files::isRegularFile).filter(file -> forced.stream().noneMatch(path -> isPartOf(file, path))).toList();
      assertEquals(List.of(), lost);
    }
  }

  /** Whether what was forced became the file when it was renamed. */
  private static boolean isPartOf(Path file, String forced) {
    return forced != null && forced.startsWith(file.resolveSibling("." + file.getFileName() + ".").toString());
  }
}
