package flowmatching.app.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.TestData;
import flowmatching.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Contestants that are shell scripts: what happens to them does not hang on any runtime. */
class ComparisonTest {
  private static final Path MODEL = TestData.path("golden_models/e_state_only");
  private static final String HELLO = "echo '{\"description\": \"script, CPU\", \"chunk\": [1.0, 2.0]}'; ";

  @TempDir Path directory;

  private static Entrant script(String name, String script) {
    return new Entrant(name, (checkpoint, inputs) -> new ProcessBuilder("sh", "-c", script));
  }

  private static Entrant answering(String name, String chunk, String millis) {
    return script(name, "echo '{\"description\": \"script\", \"chunk\": " + chunk + "}'; while read line; do echo '{\"chunk_ms\": " + millis + "}'; done");
  }

  private static Comparison compare(int rounds, Entrant... entrants) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(MODEL)) {
      return Comparison.run(checkpoint.config(), MODEL, List.of(entrants), rounds, Optional.empty(), () -> {});
    }
  }

  @Test
  void contestantsRunInTurn() throws IOException {
    Path log = directory.resolve("turns");
    String loop = "while read line; do echo %s >> '" + log + "'; echo '{\"chunk_ms\": 1}'; done";
    compare(2, script("a", HELLO + loop.replace("%s", "a")), script("b", HELLO + loop.replace("%s", "b")));
    // Three rounds of warm-up and two that count.
    assertEquals("ababababab", String.join("", Files.readAllLines(log)));
  }

  @Test
  void ratiosAreToPyTorchAndErrorsAgainstIt() throws IOException {
    Comparison comparison = compare(3, answering("fast", "[1.5, 2.0]", "2.0"), answering("pytorch", "[1.0, 2.0]", "8.0"));
    Row fast = comparison.rows().get(0);
    assertEquals(0.25, comparison.ratio(fast));
    assertEquals(0.5 / Math.sqrt(5), comparison.error(fast), 1e-12);
    assertEquals(0, comparison.error(comparison.rows().get(1)));
    assertEquals(3, fast.samples().get(Row.CHUNK).length);
  }

  @Test
  void withoutPyTorchTheFirstThatSaysFloat32IsTheMeasure() throws IOException {
    Entrant exact = script("auto", "echo '{\"description\": \"any, CPU, float32\", \"chunk\": [2.0]}'; while read line; do echo '{\"chunk_ms\": 4}'; done");
    Comparison comparison = compare(1, answering("one", "[1]", "2.0"), exact);
    assertEquals(0.5, comparison.ratio(comparison.rows().get(0)));
    assertEquals(0.5, comparison.error(comparison.rows().get(0)));
  }

  @Test
  void withoutFloat32RatiosAreToTheFirstAndErrorsAreUnknown() throws IOException {
    Comparison comparison = compare(1, answering("one", "[1]", "2.0"), answering("two", "[1]", "3.0"));
    assertEquals(1.5, comparison.ratio(comparison.rows().get(1)));
    assertTrue(Double.isNaN(comparison.error(comparison.rows().get(1))));
  }

  @Test
  void aProgramThatIsNotThereIsAbsentAndTheOthersGoOn() throws IOException {
    Entrant missing = new Entrant("missing", (checkpoint, inputs) -> new ProcessBuilder(directory.resolve("none").toString()));
    Comparison comparison = compare(2, missing, answering("there", "[1]", "4.0"));
    assertFalse(comparison.rows().get(0).took());
    assertTrue(comparison.rows().get(0).absent().contains("none"), comparison.rows().get(0).absent());
    assertEquals(4, comparison.rows().get(1).median(Row.CHUNK));
    assertEquals(1, comparison.ratio(comparison.rows().get(1)));
  }

  @Test
  void oneThatSaysWhyItCannotIsAbsentWithItsSentence() throws IOException {
    Comparison comparison = compare(1, script("peer", "echo 'a greeting'; echo '{\"absent\": \"has no torch: pip install torch\"}'"));
    assertEquals("has no torch: pip install torch", comparison.rows().get(0).absent());
    assertTrue(comparison.base().isEmpty());
  }

  @Test
  void oneThatDiesInARoundIsAbsentWithItsExitCodeAndLastMessage() throws IOException {
    Entrant dying = script("dying", HELLO + "read line; echo '{\"chunk_ms\": 1}'; read line; echo out of memory >&2; exit 3");
    Comparison comparison = compare(2, dying, answering("there", "[1]", "4.0"));
    assertEquals("ended with exit code 3: out of memory", comparison.rows().get(0).absent());
    assertEquals(2, comparison.rows().get(1).samples().get(Row.CHUNK).length);
  }

  @Test
  void ofAJavaExceptionTheReasonIsSaidAndNotItsLastStackFrame() throws IOException {
    String trace = "Exception in thread main java.lang.IllegalStateException: not this\\n\\tat a.B.c(B.java:1)\\n"
        + "Caused by: java.lang.OutOfMemoryError: but this\\n\\tat d.E.f(E.java:2)\\n\\t... 1 more\\n";
    Comparison comparison = compare(1, script("dying", "printf '" + trace + "' >&2; exit 1"), answering("there", "[1]", "4.0"));
    assertEquals("ended with exit code 1: Caused by: java.lang.OutOfMemoryError: but this", comparison.rows().get(0).absent());
  }

  @Test
  void contestantsEndAndTheirFilesGoWithTheComparison() throws IOException {
    Path seen = directory.resolve("seen");
    Entrant entrant = new Entrant("a", (checkpoint, inputs) -> new ProcessBuilder("sh", "-c",
        "echo $$ > '" + seen + "'; echo '" + inputs + "' >> '" + seen + "'; " + HELLO + "while read line; do echo '{\"chunk_ms\": 1}'; done"));
    compare(1, entrant);
    List<String> lines = Files.readAllLines(seen);
    assertFalse(ProcessHandle.of(Long.parseLong(lines.get(0))).map(ProcessHandle::isAlive).orElse(false));
    assertFalse(Files.exists(Path.of(lines.get(1)).getParent()));
  }

  @Test
  void figuresOfARowAreMedianLeastAndWhatNineInTenDoNotExceed() throws IOException {
    AtomicInteger rounds = new AtomicInteger();
    String counting = HELLO + "i=0; while read line; do i=$((i + 1)); echo \"{\\\"chunk_ms\\\": $i}\"; done";
    try (Checkpoint checkpoint = Checkpoint.open(MODEL)) {
      Comparison comparison =
          Comparison.run(checkpoint.config(), MODEL, List.of(script("a", counting)), 10, Optional.empty(), rounds::incrementAndGet);
      Row row = comparison.rows().get(0);
      assertEquals(14, rounds.get());
      assertEquals("[4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0]", Arrays.toString(row.samples().get(Row.CHUNK)));
      assertEquals(8.5, row.median(Row.CHUNK));
      assertEquals(4, row.min(Row.CHUNK));
      assertEquals(12, row.percentile90(Row.CHUNK));
    }
  }
}
