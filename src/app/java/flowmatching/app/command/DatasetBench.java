package flowmatching.app.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.dataset.DeltaTimestamps;
import flowmatching.dataset.LeRobotDataset;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import picocli.CommandLine.Option;

/** The part of {@code bench} that times a data set. */
final class DatasetBench {
  private static final int ITEMS = 2000;

  @Option(names = "--dataset.root", paramLabel = "DIR", description = "Also measure items a second of this data set, with windows of a chunk.")
  private Path root;

  boolean wanted() {
    return root != null;
  }

  /** @throws flowmatching.BadInputException where there is no such data set */
  void check() {
    LeRobotDataset.open(root).close();
  }

  /** @param steps actions of a window */
  void measure(int steps, ObjectNode node, StringBuilder text) {
    try (LeRobotDataset dataset = LeRobotDataset.open(root, DeltaTimestamps.actions(steps))) {
      Random random = new Random(0);
      for (boolean sequential : new boolean[] {true, false}) {
        String name = sequential ? "sequential" : "random";
        int count = Math.min(ITEMS, dataset.size());
        double[] rates = new double[3];
        for (int run = 0; run < rates.length; run++) {
          long start = System.nanoTime();
          for (int i = 0; i < count; i++) {
            dataset.item(sequential ? i : random.nextInt(dataset.size()));
          }
          rates[run] = count / ((System.nanoTime() - start) / 1e9);
        }
        Arrays.sort(rates);
        node.put(name + "_items_per_second", rates[1]);
        text.append(String.format(Locale.ROOT, "data set, %s: %.0f items/s%n", name, rates[1]));
      }
    }
  }
}
