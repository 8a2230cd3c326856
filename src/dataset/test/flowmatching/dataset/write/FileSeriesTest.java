package flowmatching.dataset.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import flowmatching.dataset.write.FileSeries.Part;
import flowmatching.dataset.write.FileSeries.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSeriesTest {
  @TempDir Path directory;

  private FileSeries series(FileSlot first) {
    return new FileSeries(first, this::file, FileSeriesTest::join, 10, 2);
  }

  private Path file(FileSlot slot) {
    return directory.resolve(slot.chunk() + "/" + slot.file());
  }

  private static void join(List<Path> files, Path to) throws IOException {
    StringBuilder text = new StringBuilder();
    for (Path file : files) {
      text.append(Files.readString(file));
    }
    Files.writeString(to, text);
  }

  private Part part(String text, String kind) throws IOException {
    Path file = Files.createTempFile(directory, "part", "");
    Files.writeString(file, text);
    return new Part(file, text.length() / 2.0, kind);
  }

  private List<Part> parts(String... texts) throws IOException {
    List<Part> parts = new ArrayList<>();
    for (String text : texts) {
      parts.add(part(text, "same"));
    }
    return parts;
  }

  private String content(int chunk, int file) throws IOException {
    return Files.readString(file(new FileSlot(chunk, file)));
  }

  @Test
  void aNewFileBeginsWhereTheOldOneWouldReachItsLimit() throws IOException {
    FileSeries series = series(FileSlot.FIRST);
    assertEquals(List.of(new Place(new FileSlot(0, 0), 0, 2)), series.append(parts("aaaa")));
    assertEquals(List.of(new Place(new FileSlot(0, 0), 2, 4.5)), series.append(parts("bbbbb")));
    assertEquals(List.of(new Place(new FileSlot(0, 1), 0, 0.5)), series.append(parts("c")));
    assertEquals("aaaabbbbb", content(0, 0));
    assertEquals("c", content(0, 1));
  }

  @Test
  void aDirectoryHoldsSoManyFilesAndAnEpisodeIsNeverSplit() throws IOException {
    List<Place> places = series(FileSlot.FIRST).append(parts("aaaa", "bb", "cccccccccccccccc", "dd", "eeeeeeee", "f"));
    assertEquals(List.of(0, 0, 1, 0, 1, 1), places.stream().map(place -> place.slot().file()).toList());
    assertEquals(List.of(0, 0, 0, 1, 1, 1), places.stream().map(place -> place.slot().chunk()).toList());
    assertEquals("aaaabb", content(0, 0));
    assertEquals("cccccccccccccccc", content(0, 1));
    assertEquals("dd", content(1, 0));
    assertEquals("eeeeeeeef", content(1, 1));
  }

  @Test
  void whatIsOfAnotherKindGoesIntoAFileOfItsOwn() throws IOException {
    List<Place> places = series(FileSlot.FIRST).append(List.of(part("a", "av1"), part("b", "h264"), part("c", "h264")));
    assertEquals(List.of(0, 1, 1), places.stream().map(place -> place.slot().file()).toList());
    assertEquals("bc", content(0, 1));
  }

  @Test
  void aFileThatIsThereAlreadyIsNotContinuedButReplaced() throws IOException {
    series(new FileSlot(0, 1)).append(parts("old"));
    series(new FileSlot(0, 1)).append(parts("new"));
    assertEquals("new", content(0, 1));
    assertFalse(Files.exists(file(FileSlot.FIRST)));
  }
}
