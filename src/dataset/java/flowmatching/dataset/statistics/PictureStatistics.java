package flowmatching.dataset.statistics;

import flowmatching.image.RgbImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Statistics of a camera's pictures in one episode, by channel, in 0 to 1. As in LeRobot some frames stand for all, and large pictures
 * are thinned out. While recording it is known at the end only which frames, so a histogram of each is kept (3 KiB).
 */
public final class PictureStatistics {
  private static final int VALUES = 256;
  private static final int CHANNELS = 3;
  private static final int LARGE = 300;
  private static final int THINNED = 150;
  private static final int MIN_FRAMES = 100;
  private static final int MAX_FRAMES = 10_000;

  private final List<int[]> histograms = new ArrayList<>();

  public void add(RgbImage image) {
    int longer = Math.max(image.width(), image.height());
    int stride = longer < LARGE ? 1 : longer / THINNED;
    int[] histogram = new int[CHANNELS * VALUES];
    for (int y = 0; y < image.height(); y += stride) {
      for (int x = 0; x < image.width(); x += stride) {
        for (int channel = 0; channel < CHANNELS; channel++) {
          histogram[channel * VALUES + image.at(y, x, channel)]++;
        }
      }
    }
    histograms.add(histogram);
  }

  /** Of the frames that stand for all that were added. By name, a value a channel; {@code count} is the number of these frames. */
  public Map<String, double[]> ofSample() {
    int[] frames = sample(histograms.size());
    double[] values = new double[VALUES];
    for (int value = 0; value < VALUES; value++) {
      values[value] = value / 255.0;
    }
    Map<String, double[]> statistics = new LinkedHashMap<>();
    for (int channel = 0; channel < CHANNELS; channel++) {
      long[] counts = new long[VALUES];
      for (int frame : frames) {
        for (int value = 0; value < VALUES; value++) {
          counts[value] += histograms.get(frame)[channel * VALUES + value];
        }
      }
      int place = channel;
      ColumnStatistics.of(values, counts).forEach((name, value) -> statistics.computeIfAbsent(name, n -> new double[CHANNELS])[place] = value);
    }
    statistics.put("count", new double[] {frames.length});
    return statistics;
  }

  /** Frames that stand for all: every one of up to 100, of more the count to the power of 3/4, evenly spaced. */
  private static int[] sample(int length) {
    int count = Math.max(Math.min(length, MIN_FRAMES), Math.min((int) Math.pow(length, 0.75), MAX_FRAMES));
    int[] frames = new int[count];
    for (int i = 1; i < count; i++) {
      frames[i] = (int) Math.rint(i * ((length - 1) / (double) (count - 1)));
    }
    return frames;
  }
}
