package flowmatching.dataset;

import flowmatching.BadInputException;
import flowmatching.model.PolicyFeature;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which neighbours of a frame belong to its item: by feature, offsets in frames, 0 for the frame itself.
 *
 * @param frames offsets by feature key
 */
public record DeltaTimestamps(Map<String, int[]> frames) {
  /** Every item is its frame alone. */
  public static DeltaTimestamps none() {
    return new DeltaTimestamps(Map.of());
  }

  /** The next {@code steps} actions from the frame on. */
  public static DeltaTimestamps actions(int steps) {
    int[] offsets = new int[steps];
    for (int i = 0; i < steps; i++) {
      offsets[i] = i;
    }
    return new DeltaTimestamps(Map.of(PolicyFeature.ACTION, offsets));
  }

  /**
   * Offsets in seconds, as LeRobot's {@code delta_timestamps}.
   *
   * @throws BadInputException where one is not a multiple of 1 / fps within the tolerance (seconds)
   */
  public static DeltaTimestamps ofSeconds(Map<String, double[]> seconds, double fps, double tolerance) {
    Map<String, int[]> frames = new LinkedHashMap<>();
    seconds.forEach((key, offsets) -> {
      int[] steps = new int[offsets.length];
      for (int i = 0; i < steps.length; i++) {
        double exact = offsets[i] * fps;
        steps[i] = (int) Math.rint(exact);
        if (!(Math.abs(exact - steps[i]) / fps <= tolerance)) {
          throw new BadInputException("delta_timestamps of '" + key + "': expected multiples of 1/" + fps + " s, found " + offsets[i]);
        }
      }
      frames.put(key, steps);
    });
    return new DeltaTimestamps(frames);
  }

  /** @throws BadInputException where the set has no such feature, or one that has no neighbours */
  void check(DatasetInfo info) {
    for (String key : frames.keySet()) {
      DatasetFeature feature = info.feature(key);
      if (feature.isIndex() || !feature.isVisual() && !feature.isNumeric()) {
        throw new BadInputException(
            "delta_timestamps of '" + key + "': expected a feature of numbers or pictures, found " + feature.dtype() + " that an item has once");
      }
    }
  }
}
