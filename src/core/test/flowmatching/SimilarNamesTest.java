package flowmatching;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class SimilarNamesTest {
  @Test
  void theNameWithTheFewestDifferentLettersComesFirst() {
    assertEquals(List.of("elbow_joint", "elbow", "shoulder_pan_joint"),
        SimilarNames.of("elbow_joints", List.of("shoulder_pan_joint", "elbow", "elbow_joint")));
  }

  @Test
  void namesThatAreEquallySimilarKeepTheirOrder() {
    assertEquals(List.of("b", "a"), SimilarNames.of("", List.of("b", "a")));
  }
}
