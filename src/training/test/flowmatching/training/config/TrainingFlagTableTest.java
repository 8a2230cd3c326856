package flowmatching.training.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TrainingFlagTableTest {
  private static final Path PAGE = TestData.home().resolve("docs/training_flags.md");

  @Test
  void thePageIsWhatTheFlagsSay() throws IOException {
    if (Boolean.getBoolean("flowmatching.rewrite")) {
      Files.writeString(PAGE, TrainingFlagTable.markdown());
    }
    assertEquals(TrainingFlagTable.markdown(), Files.readString(PAGE),
        "rewrite it: ./mvnw -pl src/core,src/dataset,src/training test -Dtest=TrainingFlagTableTest -Dsurefire.failIfNoSpecifiedTests=false -Dflowmatching.rewrite=true");
  }

  @Test
  void everyDescriptionIsASentence() {
    for (TrainingFlag flag : TrainingFlags.ALL.values()) {
      assertTrue(flag.description().endsWith("."), flag.name());
    }
  }
}
