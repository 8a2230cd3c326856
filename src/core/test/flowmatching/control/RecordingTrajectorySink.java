package flowmatching.control;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Keeps a copy of every trajectory. */
final class RecordingTrajectorySink implements CommandSink {
  static final long REACH = 300 * TestRobot.MS;

  final List<CommandTrajectory> trajectories = new ArrayList<>();
  final List<Long> stamps = new ArrayList<>();

  @Override
  public Duration lookahead() {
    return Duration.ofNanos(REACH);
  }

  @Override
  public void publish(double[] command, long stamp) {
    throw new AssertionError("a command instead of a trajectory");
  }

  @Override
  public synchronized void publish(CommandTrajectory trajectory, long stamp) {
    CommandTrajectory copy = new CommandTrajectory(trajectory.size(), trajectory.dimension());
    for (int k = 0; k < trajectory.size(); k++) {
      copy.add(trajectory.time(k));
      for (int i = 0; i < trajectory.dimension(); i++) {
        copy.set(i, trajectory.position(k, i), trajectory.velocity(k, i));
      }
    }
    trajectories.add(copy);
    stamps.add(stamp);
  }

  /** Whether the last trajectory begins with the first joint faster than this. */
  synchronized boolean isFasterThan(double velocity) {
    return !trajectories.isEmpty() && last().velocity(0, 0) > velocity;
  }

  int size() {
    return trajectories.size();
  }

  CommandTrajectory last() {
    return trajectories.get(size() - 1);
  }

  long lastStamp() {
    return stamps.get(size() - 1);
  }
}
