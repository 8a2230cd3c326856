package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.TestData;
import flowmatching.app.command.InfoCommand;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** Documents that come from the code say what the code says. */
class DocumentsTest {
  @Test
  void configurationListsEveryFieldAsTheCodeReadsIt() throws IOException {
    String page = Files.readString(TestData.home().resolve("docs/configuration.md"));
    assertTrue(page.contains(InfoCommand.fieldsTable()), "docs/configuration.md is out of date; replace its table by: ./flowmatching info --fields");
  }
}
