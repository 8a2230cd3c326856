package flowmatching.policy;

/**
 * Actions that follow each other at the policy's action rate; the first belongs to the observation's instant.
 *
 * @param steps number of actions
 * @param dimension values an action
 * @param values {@code steps * dimension} values in the data set's units, action by action; not to be changed
 */
public record ActionChunk(int steps, int dimension, float[] values) {
  /** @throws IllegalArgumentException where the array has another length */
  public ActionChunk {
    if (values.length != steps * dimension) {
      throw new IllegalArgumentException("chunk of " + steps + " x " + dimension + " needs " + steps * dimension + " values, found " + values.length);
    }
  }

  /** Value {@code index} of action {@code step}. */
  public float at(int step, int index) {
    return values[step * dimension + index];
  }

  /** A copy of one action, {@code dimension} values. */
  public float[] action(int step) {
    return java.util.Arrays.copyOfRange(values, step * dimension, (step + 1) * dimension);
  }
}
