package flowmatching.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonFileTest {
  @TempDir Path directory;

  @Test
  void aFileOfLeRobotIsWrittenBackCharacterByCharacter() throws IOException {
    Path golden = TestData.path("golden_checkpoint/checkpoints/000003/pretrained_model/config.json");
    Path copy = directory.resolve("config.json");
    JsonFile.write(copy, JsonFile.read(golden));
    assertEquals(Files.readString(golden).trim(), Files.readString(copy).trim());
  }

  @Test
  void emptyObjectsAndListsAreWrittenAsPythonDoes() throws IOException {
    Path file = directory.resolve("x.json");
    String text = "{\n    \"a\": {},\n    \"b\": [],\n    \"c\": [\n        1,\n        \"x\"\n    ]\n}\n";
    Files.writeString(file, text);
    JsonFile.write(file, JsonFile.read(file));
    assertEquals(text, Files.readString(file));
  }

  @Test
  void aBrokenFileIsRefusedWithItsPlace() throws IOException {
    Path file = directory.resolve("x.json");
    Files.writeString(file, "{\n  \"a\": 1,\n  \"b\" 2\n}");
    String message = assertThrows(BadInputException.class, () -> JsonFile.read(file)).getMessage();
    assertTrue(message.contains("line 3"), message);
    Files.writeString(file, "{\"a\": 1, \"a\": 2}");
    assertTrue(assertThrows(BadInputException.class, () -> JsonFile.read(file)).getMessage().contains("Duplicate"));
    Files.writeString(file, "[]");
    assertTrue(assertThrows(BadInputException.class, () -> JsonFile.read(file)).getMessage().contains("object"));
    Files.writeString(file, "");
    assertThrows(BadInputException.class, () -> JsonFile.read(file));
  }
}
