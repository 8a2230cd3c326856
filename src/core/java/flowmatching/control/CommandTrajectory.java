package flowmatching.control;

/**
 * Where each joint goes from an instant on: points in order of time, the last of them at rest. Through two points with positions
 * and velocities leads one cubic, and that is the motion meant in between:
 *
 * <pre>x = x0 + s^2 (3 - 2s) (x1 - x0) + s (1 - s) T ((1 - s) v0 - s v1),   s = (t - t0) / T,   T = t1 - t0</pre>
 *
 * <p>(cubic Hermite interpolation; it is what joint_trajectory_controller does). Joints of kind {@link ActionKind#ABSOLUTE} move
 * with constant acceleration between points, so the cubic is a parabola and nowhere faster than at its ends.
 *
 * <p>Reused from tick to tick; belongs to the loop thread.
 */
public final class CommandTrajectory {
  private final int dimension;
  private final long[] times;
  private final double[] positions;
  private final double[] velocities;
  private int size;

  CommandTrajectory(int capacity, int dimension) {
    this.dimension = dimension;
    times = new long[capacity];
    positions = new double[capacity * dimension];
    velocities = new double[capacity * dimension];
  }

  int capacity() {
    return times.length;
  }

  void clear() {
    size = 0;
  }

  /** Begins another point, later than the last. */
  void add(long time) {
    times[size++] = time;
  }

  /** Sets one joint of the last point. */
  void set(int index, double position, double velocity) {
    positions[(size - 1) * dimension + index] = position;
    velocities[(size - 1) * dimension + index] = velocity;
  }

  /** Points; 2 or more. */
  public int size() {
    return size;
  }

  /** Joints of a point. */
  public int dimension() {
    return dimension;
  }

  /** When a point is reached, nanoseconds after the trajectory's stamp: 0 for the first, then rising. */
  public long time(int point) {
    return times[point];
  }

  /** Where a joint is at a point, in the robot's units. */
  public double position(int point, int index) {
    return positions[point * dimension + index];
  }

  /** How fast a joint is at a point, units a second; 0 at the last. */
  public double velocity(int point, int index) {
    return velocities[point * dimension + index];
  }

  /** The last point that is reached by {@code time}; the first where time has not come. */
  int reached(long time) {
    int point = size - 1;
    while (point > 0 && times[point] > time) {
      point--;
    }
    return point;
  }

  /** Whether no joint moves from an instant on. */
  boolean standsFrom(long time) {
    for (int i = reached(time) * dimension; i < (size - 1) * dimension; i++) {
      if (velocities[i] != 0 || positions[i] != positions[i + dimension]) {
        return false;
      }
    }
    return true; // at the last point every joint stands
  }

  /** Where a joint is at an instant after the stamp. */
  double positionAt(long time, int index) {
    int from = reached(time);
    if (from == size - 1) {
      return position(from, index);
    }
    double length = (times[from + 1] - times[from]) * 1e-9;
    double s = (time - times[from]) * 1e-9 / length;
    double way = position(from + 1, index) - position(from, index);
    return position(from, index) + s * s * (3 - 2 * s) * way
        + s * (1 - s) * length * ((1 - s) * velocity(from, index) - s * velocity(from + 1, index));
  }

  /** How fast a joint is at an instant after the stamp: between points as if it accelerated evenly. */
  double velocityAt(long time, int index) {
    int from = reached(time);
    if (from == size - 1) {
      return velocity(from, index);
    }
    double s = (double) (time - times[from]) / (times[from + 1] - times[from]);
    return velocity(from, index) + s * (velocity(from + 1, index) - velocity(from, index));
  }
}
