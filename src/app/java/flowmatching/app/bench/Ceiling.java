package flowmatching.app.bench;

import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.ModelSummary;
import java.util.List;
import java.util.Locale;

/**
 * What the machine's CPU can do: the best of one large product of matrices and of reading memory, in the rounds in which the
 * contestants ran. It bounds a chunk from below (a roofline, Williams et al. 2009): each part of the network takes at least the
 * time of its operations and at least the time in which its weights are read once, every run of it anew.
 *
 * @param rows what {@link CeilingMain} measured: one, or none where nobody asked
 */
public record Ceiling(List<Row> rows) {
  static final String FLOAT32 = "float32_gflops";
  static final String BFLOAT16 = "bfloat16_gflops";
  static final String INT8 = "int8_gflops";
  static final String MEMORY = "read_gbps";

  /** How wide values are, found in a contestant's description of itself. */
  private enum Precision {
    INT8(1, ".*int8.*"), HALF(2, ".*(bfloat16|bf16|float16|fp16|half).*"), SINGLE(4, ".*");

    final int bytes;
    private final String pattern;

    Precision(int bytes, String pattern) {
      this.bytes = bytes;
      this.pattern = pattern;
    }

    static Precision of(String description) {
      for (Precision precision : values()) {
        if (description.toLowerCase(Locale.ROOT).matches(precision.pattern)) {
          return precision;
        }
      }
      throw new IllegalStateException(description);
    }
  }

  private double best(String figure) {
    return rows.stream().mapToDouble(row -> row.max(figure)).findFirst().orElse(Double.NaN);
  }

  /** GFLOP/s of float32; NaN where it could not be measured. */
  public double float32() {
    return best(FLOAT32);
  }

  /** GFLOP/s with values of 8 bits. */
  public double int8() {
    return best(INT8);
  }

  /** Whether {@link #half} was measured. */
  public boolean halfIsMeasured() {
    return !Double.isNaN(best(BFLOAT16));
  }

  /** GFLOP/s with values of 16 bits; where oneDNN does not run twice float32, an estimate, which is what the instructions for them give at best. */
  public double half() {
    return halfIsMeasured() ? best(BFLOAT16) : 2 * float32();
  }

  /** GB/s that are read from memory. */
  public double memory() {
    return best(MEMORY);
  }

  /** The shortest time of a contestant's chunk, in milliseconds; NaN where it does not say that it runs on the CPU. */
  double millis(FlowMatchingConfig config, Row contestant) {
    if (!contestant.description().contains("CPU")) {
      return Double.NaN;
    }
    Precision precision = Precision.of(contestant.description());
    double speed = switch (precision) {
      case INT8 -> int8();
      case HALF -> half();
      case SINGLE -> float32();
    };
    double millis = 0;
    for (ModelSummary.Part part : new ModelSummary(config).parts()) {
      double computed = part.flops() / (speed * 1e6);
      double read = part.parameters() * (double) precision.bytes / (memory() * 1e6);
      millis += part.runs() * Math.max(computed, read);
    }
    return millis;
  }
}
