package flowmatching.ros.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ParameterTableTest {
  private static final Path PAGE = Path.of(System.getProperty("flowmatching.home"), "docs", "parameters.md");

  @Test
  void thePageInTheDocumentationIsWhatTheParametersAre() throws IOException {
    String expected = ParameterTable.markdown(ParameterFile.shipped());
    if (Boolean.getBoolean("flowmatching.rewrite")) {
      Files.writeString(PAGE, expected);
    }
    assertEquals(expected, Files.exists(PAGE) ? Files.readString(PAGE) : "",
        "docs/parameters.md is not what config/parameters.yaml says; write it anew with: ./mvnw -pl src/core,src/ros test"
            + " -Dtest=ParameterTableTest -Dsurefire.failIfNoSpecifiedTests=false -Dflowmatching.rewrite=true");
  }
}
