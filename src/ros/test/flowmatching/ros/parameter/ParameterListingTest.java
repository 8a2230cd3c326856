package flowmatching.ros.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import flowmatching.ros.message.ListParametersResult;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParameterListingTest {
  private static final List<String> NAMES = List.of("c", "a.b.d", "a.b", "ab", "a.x.y.z", "a");

  private static List<String> words(String text) {
    return text == null ? List.of() : Arrays.asList(text.split(" "));
  }

  @ParameterizedTest
  @CsvSource({
    ", 0, a a.b a.b.d a.x.y.z ab c, a a.b a.x.y",
    ", 1, a ab c, ",
    ", 2, a a.b ab c, a",
    "a, 0, a a.b a.b.d a.x.y.z, a a.b a.x.y",
    "a, 1, a a.b, a",
    "a, 2, a a.b a.b.d, a a.b",
    "a.b, 0, a.b a.b.d, a a.b",
    "a.b c, 0, a.b a.b.d c, a a.b",
    "a., 0, , ",
    "x, 0, , ",
    "ab, 5, ab, ",
    "a, -1, a a.b a.b.d a.x.y.z, a a.b a.x.y"
  })
  void prefixesAreWholePartsAndDepthCountsTheParts(String prefixes, long depth, String names, String above) {
    assertEquals(new ListParametersResult(words(names), words(above)), ParameterListing.list(NAMES, words(prefixes), depth));
  }
}
