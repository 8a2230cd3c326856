package flowmatching.control;

import flowmatching.BadInputException;
import flowmatching.policy.ActionChunk;
import java.util.List;

/**
 * A predicted chunk and the time it belongs to: action k lies at {@code observed + k / rate} and lasts until the next one.
 * Immutable. What sampling needs is worked out here, on the worker thread, so that the loop only reads.
 */
public final class TimedChunk {
  private final ActionChunk actions;
  private final long observed;
  private final double rate;
  private final int epoch;
  private final long sequence;
  private final long duration;
  private final double[] sums;

  /**
   * @param actions in the robot's units
   * @param observed instant of its observation, nanoseconds of the graph's clock
   * @param rate actions a second
   * @param epoch the episode it was predicted in
   * @param sequence number of the prediction, rising
   * @param duration what the inference took, nanoseconds
   * @param dimensions what the actions should have
   * @throws BadInputException where the chunk is empty, has another number of dimensions or a value that is not finite
   */
  public TimedChunk(
      ActionChunk actions, long observed, double rate, int epoch, long sequence, long duration,
      List<ActionDimension> dimensions) {
    this.actions = actions;
    this.observed = observed;
    this.rate = rate;
    this.epoch = epoch;
    this.sequence = sequence;
    this.duration = duration;
    if (actions.steps() < 1 || actions.dimension() != dimensions.size()) {
      throw new BadInputException("the policy gave " + actions.steps() + " actions of " + actions.dimension()
          + " values, expected at least 1 of " + dimensions.size());
    }
    sums = new double[(actions.steps() + 1) * actions.dimension()];
    for (int step = 0; step < actions.steps(); step++) {
      for (int i = 0; i < actions.dimension(); i++) {
        float value = actions.at(step, i);
        if (!Float.isFinite(value)) {
          throw new BadInputException(
              "the policy gave " + value + " for joint " + dimensions.get(i).name() + " in action " + step);
        }
        sums[(step + 1) * actions.dimension() + i] = sums[step * actions.dimension() + i] + value;
      }
    }
  }

  /** The actions, in the robot's units. */
  public ActionChunk actions() {
    return actions;
  }

  /** Instant of the observation and of the first action, nanoseconds of the graph's clock. */
  public long observed() {
    return observed;
  }

  /** Actions a second. */
  public double rate() {
    return rate;
  }

  /** The episode that it was predicted in; a reset begins the next. */
  public int epoch() {
    return epoch;
  }

  /** Number of the prediction, rising over a controller's life. */
  public long sequence() {
    return sequence;
  }

  /** What the inference took, nanoseconds. */
  public long duration() {
    return duration;
  }

  /** The instant at which the last action has passed. */
  long end() {
    return observed + Math.round(actions.steps() * 1e9 / rate);
  }

  /** Where {@code time} lies, counted in actions: 0 at the first, negative before it. */
  double position(long time) {
    return (time - observed) * 1e-9 * rate;
  }

  /** The action at a position, interpolated linearly; the first before the chunk, the last after. */
  double value(double position, int index) {
    if (position <= 0) {
      return actions.at(0, index);
    }
    int step = (int) position;
    if (step >= actions.steps() - 1) {
      return actions.at(actions.steps() - 1, index);
    }
    double before = actions.at(step, index);
    return before + (position - step) * (actions.at(step + 1, index) - before);
  }

  /** The action whose turn it is at a position; a turn begins a thousandth early, as instants are rounded to nanoseconds. */
  double current(double position, int index) {
    return actions.at(Math.max(0, Math.min(actions.steps() - 1, (int) (position + 1e-3))), index);
  }

  /** The sum of all actions before a position, each counted as far as it has passed. */
  double sum(double position, int index) {
    if (position <= 0) {
      return 0;
    }
    int step = (int) position;
    int last = actions.steps() * actions.dimension() + index;
    if (step >= actions.steps()) {
      return sums[last];
    }
    return sums[step * actions.dimension() + index] + (position - step) * actions.at(step, index);
  }

  /**
   * What is left of the chunk from an instant on, brought to that instant's phase; null where nothing is left. For every kind of
   * action the mean of two neighbours, weighted by the phase, is the action that lies between them.
   */
  ActionChunk remaining(long time) {
    double position = Math.max(0, position(time));
    int first = (int) position;
    float phase = (float) (position - first);
    int steps = actions.steps() - first - (phase > 1e-3f ? 1 : 0);
    if (steps < 1) {
      return null;
    }
    int dimension = actions.dimension();
    float[] values = new float[steps * dimension];
    for (int i = 0; i < values.length; i++) {
      int from = first * dimension + i;
      float before = actions.values()[from];
      values[i] = phase > 1e-3f ? before + phase * (actions.values()[from + dimension] - before) : before;
    }
    return new ActionChunk(steps, dimension, values);
  }
}
