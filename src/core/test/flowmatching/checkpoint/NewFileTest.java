package flowmatching.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewFileTest {
  @TempDir Path directory;

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void theOldFileStaysWhenWritingFails() throws IOException {
    Path path = directory.resolve("a");
    NewFile.writeText(path, "old");
    IOException failure = new IOException("disk full");
    IOException thrown = assertThrows(IOException.class, () -> NewFile.write(path, part -> {
      Files.writeString(part, "half of the n");
      throw failure;
    }));
    assertSame(failure, thrown);
    assertEquals("old", Files.readString(path));
    assertEquals(List.of("a"), names(), "nothing is left beside it");
  }

  @Test
  void nothingIsSeenUnderTheNameBeforeTheContentIsWhole() throws IOException {
    Path path = directory.resolve("a");
    NewFile.write(path, part -> {
      Files.writeString(part, "new");
      assertEquals(1, names().size());
      assertEquals(false, Files.exists(path));
    });
    assertEquals("new", Files.readString(path));
  }

  @Test
  void directoriesAreMadeAndAnOlderFileIsReplaced() throws IOException {
    Path path = directory.resolve("x/y/a");
    NewFile.writeText(path, "1");
    NewFile.writeText(path, "2");
    assertEquals("2", Files.readString(path));
  }

  @Test
  void aFullDirectoryInItsPlaceIsAnErrorAndNothingIsLeft() throws IOException {
    Files.createDirectories(directory.resolve("a/b"));
    assertThrows(IOException.class, () -> NewFile.writeText(directory.resolve("a"), "x"));
    assertEquals(List.of("a"), names());
  }
}
