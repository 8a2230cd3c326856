package flowmatching.app.bench;

import java.util.Arrays;
import java.util.Map;

/**
 * What was found of one contestant.
 *
 * @param name what the tables call it
 * @param description runtime, version, device, precision and threads, in its own words
 * @param absent why it did not take part, a sentence; null where it did
 * @param firstChunkMillis from the start of its process to its first chunk, loading included
 * @param peakResidentMebibytes the most memory its process has had, mapped weights included; NaN where the system does not say
 * @param chunk its first chunk [T, A], normalised, of the inputs that all have
 * @param samples what it measured in each round, by name: {@code chunk_ms}, and more where it tells
 */
public record Row(
    String name, String description, String absent, double firstChunkMillis, double peakResidentMebibytes, float[] chunk, Map<String, double[]> samples) {
  public static final String CHUNK = "chunk_ms";

  public boolean took() {
    return absent == null;
  }

  public double median(String figure) {
    double[] sorted = sorted(figure);
    int n = sorted.length;
    return n == 0 ? Double.NaN : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
  }

  public double min(String figure) {
    double[] sorted = sorted(figure);
    return sorted.length == 0 ? Double.NaN : sorted[0];
  }

  public double max(String figure) {
    double[] sorted = sorted(figure);
    return sorted.length == 0 ? Double.NaN : sorted[sorted.length - 1];
  }

  /** The smallest value that nine in ten are not above. */
  public double percentile90(String figure) {
    double[] sorted = sorted(figure);
    return sorted.length == 0 ? Double.NaN : sorted[(int) Math.ceil(0.9 * sorted.length) - 1];
  }

  private double[] sorted(String figure) {
    double[] values = samples.getOrDefault(figure, new double[0]).clone();
    Arrays.sort(values);
    return values;
  }

  /** Root mean square of the difference of two chunks over that of the other's values. */
  double relativeError(Row exact) {
    double difference = 0;
    double size = 0;
    for (int i = 0; i < exact.chunk.length; i++) {
      difference += Math.pow(chunk[i] - (double) exact.chunk[i], 2);
      size += Math.pow(exact.chunk[i], 2);
    }
    return Math.sqrt(difference / size);
  }
}
