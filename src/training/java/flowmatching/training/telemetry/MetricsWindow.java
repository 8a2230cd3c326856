package flowmatching.training.telemetry;

/** Adds up what steps did until a log line is due. Used by the training thread. */
public final class MetricsWindow {
  private static final double NANOS = 1e9;

  private final long samplesPerStep;
  private final long ahead;
  private final long frames;
  private final int episodes;
  private double loss;
  private double gradientNorm;
  private double learningRate;
  private long nanos;
  private long dataNanos;
  private int steps;

  /**
   * @param samplesPerStep of all processes
   * @param ahead samples that were seen beyond {@code samplesPerStep} a step, before the run was resumed with other batches
   * @param frames that are trained on
   * @param episodes that are trained on
   */
  public MetricsWindow(long samplesPerStep, long ahead, long frames, int episodes) {
    this.samplesPerStep = samplesPerStep;
    this.ahead = ahead;
    this.frames = frames;
    this.episodes = episodes;
  }

  /**
   * Adds a step.
   *
   * @param nanos that the whole step took
   * @param dataNanos of them spent waiting for data
   */
  public void add(double loss, double gradientNorm, double learningRate, long nanos, long dataNanos) {
    this.loss += loss;
    this.gradientNorm += gradientNorm;
    this.learningRate = learningRate;
    this.nanos += nanos;
    this.dataNanos += dataNanos;
    steps++;
  }

  public long samplesPerStep() {
    return samplesPerStep;
  }

  public boolean isEmpty() {
    return steps == 0;
  }

  /**
   * The means of the steps added, of which there is at least one; begins anew.
   *
   * @param step the last of them, counted from 1
   */
  public TrainingMetrics take(long step) {
    double samples = ahead + step * (double) samplesPerStep;
    TrainingMetrics metrics = new TrainingMetrics(
        step, (long) samples, samples / frames * episodes, samples / frames, loss / steps, gradientNorm / steps, learningRate,
        (nanos - dataNanos) / NANOS / steps, dataNanos / NANOS / steps, samplesPerStep * steps / (nanos / NANOS));
    loss = 0;
    gradientNorm = 0;
    nanos = 0;
    dataNanos = 0;
    steps = 0;
    return metrics;
  }
}
