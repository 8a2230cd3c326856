package flowmatching.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** JSON files of a checkpoint: read strictly, written as LeRobot writes them (four spaces). */
public final class JsonFile {
  /** A configuration larger than this is a mistake: another file under that name. */
  private static final long MAX_BYTES = 16L << 20;

  private static final ObjectMapper JSON =
      new ObjectMapper(JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static final ObjectWriter WRITER;

  static {
    Separators separators = DefaultPrettyPrinter.DEFAULT_SEPARATORS
        .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
        .withObjectEmptySeparator("")
        .withArrayEmptySeparator("");
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter().withSeparators(separators);
    DefaultIndenter indenter = new DefaultIndenter("    ", "\n");
    printer.indentObjectsWith(indenter);
    printer.indentArraysWith(indenter);
    WRITER = JSON.writer(printer);
  }

  private JsonFile() {}

  /** @throws BadInputException where the file is missing, is not JSON, has a key twice, or is not an object */
  public static ObjectNode read(Path path) {
    try {
      if (Files.size(path) > MAX_BYTES) {
        throw new BadInputException(path + ": expected at most " + MAX_BYTES + " bytes of JSON, found " + Files.size(path));
      }
      JsonNode node = JSON.readTree(Files.readAllBytes(path));
      if (node == null || !node.isObject()) {
        throw new BadInputException(path + ": expected a JSON object");
      }
      return (ObjectNode) node;
    } catch (JsonProcessingException e) {
      var at = e.getLocation();
      String where = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
      throw new BadInputException(path + ": not valid JSON" + where + ": " + e.getOriginalMessage(), e);
    } catch (NoSuchFileException e) {
      throw new BadInputException(path + ": no such file");
    } catch (IOException e) {
      throw new BadInputException(path + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** Writes the file whole or not at all. */
  public static void write(Path path, JsonNode json) throws IOException {
    NewFile.writeText(path, WRITER.writeValueAsString(json) + "\n");
  }
}
