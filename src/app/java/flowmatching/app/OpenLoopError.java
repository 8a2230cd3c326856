package flowmatching.app;

/** How far predicted actions lie from recorded ones, by dimension and by place in the chunk. Root mean square, in the data set's units. */
public final class OpenLoopError {
  private final int steps;
  private final int dimension;
  private final double[][] squares;
  private final long[] counts;

  /**
   * @param steps actions a chunk
   * @param dimension values an action
   */
  public OpenLoopError(int steps, int dimension) {
    this.steps = steps;
    this.dimension = dimension;
    this.squares = new double[steps][dimension];
    this.counts = new long[steps];
  }

  /** Adds one pair of actions at place {@code step} of a chunk. */
  public void add(int step, float[] predicted, float[] recorded) {
    for (int i = 0; i < dimension; i++) {
      double error = (double) predicted[i] - recorded[i];
      squares[step][i] += error * error;
    }
    counts[step]++;
  }

  /** Pairs added. */
  public long count() {
    long count = 0;
    for (long n : counts) {
      count += n;
    }
    return count;
  }

  /** One value a dimension, over all places; NaN where nothing was added. */
  public double[] byDimension() {
    double[] errors = new double[dimension];
    for (int i = 0; i < dimension; i++) {
      double sum = 0;
      for (int step = 0; step < steps; step++) {
        sum += squares[step][i];
      }
      errors[i] = Math.sqrt(sum / count());
    }
    return errors;
  }

  /** One value a place in the chunk, over all dimensions; NaN where nothing was added. */
  public double[] byStep() {
    double[] errors = new double[steps];
    for (int step = 0; step < steps; step++) {
      double sum = 0;
      for (double square : squares[step]) {
        sum += square;
      }
      errors[step] = Math.sqrt(sum / (dimension * (double) counts[step]));
    }
    return errors;
  }

  /** Over everything. */
  public double total() {
    double sum = 0;
    for (double error : byDimension()) {
      sum += error * error;
    }
    return Math.sqrt(sum / dimension);
  }
}
