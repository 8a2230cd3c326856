package flowmatching.control;

import java.util.ArrayList;
import java.util.List;

/** Keeps a copy of every command. */
final class RecordingSink implements CommandSink {
  final List<double[]> commands = new ArrayList<>();
  final List<Long> stamps = new ArrayList<>();

  @Override
  public synchronized void publish(double[] command, long stamp) {
    commands.add(command.clone());
    stamps.add(stamp);
  }

  int size() {
    return commands.size();
  }

  /** The first value of the last command. */
  double last() {
    return commands.get(commands.size() - 1)[0];
  }
}
