package flowmatching;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SimilarNamesTest {
  @Test
  void theNameWithTheFewestDifferentLettersComesFirst() {
    assertEquals(List.of("elbow_joint", "elbow", "shoulder_pan_joint"),
        SimilarNames.of("elbow_joints", List.of("shoulder_pan_joint", "elbow", "elbow_joint")));
  }

  @Test
  void theNearestNameIsNoneWhereNoneIsSimilar() {
    assertEquals(Optional.of("elbow_joint"), SimilarNames.nearest("elbow", List.of("hand_x", "elbow_joint")));
    assertEquals(Optional.of("hand_y"), SimilarNames.nearest("handy", List.of("hand_x", "hand_y")));
    assertEquals(Optional.empty(), SimilarNames.nearest("shoulder_pan", List.of("hand_x", "gripper")));
  }

  @Test
  void swappedNeighboursAreOneMistake() {
    assertEquals(Optional.of("run"), SimilarNames.nearest("rnu", List.of("demo", "run", "new")));
  }

  @Test
  void theHintNamesTheNearestAndAll() {
    assertEquals("; did you mean 'so101'? There are planar_arm, so101", SimilarNames.hint("so10", List.of("planar_arm", "so101")));
    assertEquals("; there are planar_arm, so101", SimilarNames.hint("xyz", List.of("planar_arm", "so101")));
    assertEquals("; there are planar_arm, so101", SimilarNames.hint("", List.of("planar_arm", "so101")));
  }

  @Test
  void namesThatAreEquallySimilarKeepTheirOrder() {
    assertEquals(List.of("b", "a"), SimilarNames.of("", List.of("b", "a")));
  }
}
