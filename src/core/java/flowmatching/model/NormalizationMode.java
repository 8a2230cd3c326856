package flowmatching.model;

/**
 * How values are scaled before the network sees them and scaled back after, LeRobot's modes.
 *
 * <p>With statistics of the data set: {@code MEAN_STD} gives (x - mean) / (std + 1e-8); {@code MIN_MAX}, {@code QUANTILES}
 * (q01, q99) and {@code QUANTILE10} (q10, q90) give 2 (x - low) / (high - low) - 1.
 */
public enum NormalizationMode {
  IDENTITY, MEAN_STD, MIN_MAX, QUANTILES, QUANTILE10
}
