package flowmatching.ros.wire;

import flowmatching.BadInputException;
import org.junit.jupiter.api.Assumptions;

/** Skips tests of the DDS transport where it cannot be built; CI counts that as a failure. */
final class FastDds {
  private FastDds() {}

  static void assumeAvailable() {
    try {
      GraphLibrary.FAST_DDS.load();
    } catch (BadInputException e) {
      Assumptions.abort(e.getMessage());
    }
  }
}
