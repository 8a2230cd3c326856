package flowmatching.app.bench;

import flowmatching.model.FlowMatchingConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Contestants on one network and one observation, in turn: A B C, A B C, and so on, so that whatever else the machine does meets
 * all of them alike.
 *
 * @param config of the network
 * @param rows one a contestant, in the order in which they were given
 * @param ceiling what the machine can do, measured in the same rounds
 */
public record Comparison(FlowMatchingConfig config, List<Row> rows, Ceiling ceiling) {
  private static final int WARM_UP = 3;

  /**
   * Starts the contestants one by one, lets them run in turn, and ends them.
   *
   * @param checkpoint a checkpoint's directory with the configuration's weights
   * @param rounds that count, after three that do not
   * @param machine {@link OurEntrants#ceiling}, or empty to leave that out
   * @param progress is told after each step of {@link #steps}
   * @throws IOException where the temporary directory does not take the inputs
   */
  public static Comparison run(FlowMatchingConfig config, Path checkpoint, Collection<Entrant> entrants, int rounds, Optional<Entrant> machine, Runnable progress)
      throws IOException {
    try (Scratch scratch = new Scratch()) {
      Path inputs = scratch.directory().resolve("inputs.safetensors");
      Inputs.write(config, inputs);
      List<Row> rows = rows(checkpoint, inputs, Stream.concat(entrants.stream(), machine.stream()).toList(), rounds, progress);
      return new Comparison(config, rows.subList(0, entrants.size()), new Ceiling(rows.subList(entrants.size(), rows.size())));
    }
  }

  private static List<Row> rows(Path checkpoint, Path inputs, List<Entrant> entrants, int rounds, Runnable progress) {
    List<Contestant> contestants = new ArrayList<>();
    try {
      for (Entrant entrant : entrants) {
        contestants.add(new Contestant(entrant, checkpoint, inputs, inputs.resolveSibling("messages-" + contestants.size() + ".log")));
        progress.run();
      }
      for (int round = 0; round < WARM_UP + rounds; round++) {
        boolean counted = round >= WARM_UP;
        contestants.forEach(contestant -> contestant.run(counted));
        progress.run();
      }
      return contestants.stream().map(Contestant::row).toList();
    } finally {
      contestants.forEach(Contestant::close);
    }
  }

  /** Steps that {@link #run} tells its progress of, with a machine. */
  public static int steps(int entrants, int rounds) {
    return entrants + 1 + WARM_UP + rounds;
  }

  /** The contestant that ratios are to: PyTorch as it comes, else the first that computes in float32, else the first. */
  public Optional<Row> base() {
    return exact().or(() -> first(row -> true));
  }

  /** The contestant that errors are against. */
  private Optional<Row> exact() {
    return first(row -> row.name().equals(PeerEntrants.PYTORCH)).or(() -> first(row -> row.description().contains("float32")));
  }

  private Optional<Row> first(Predicate<Row> wanted) {
    return rows.stream().filter(Row::took).filter(wanted).findFirst();
  }

  /** A contestant's median chunk over the base's. */
  public double ratio(Row row) {
    return base().map(base -> row.median(Row.CHUNK) / base.median(Row.CHUNK)).orElse(Double.NaN);
  }

  /** Relative error of a contestant's chunk against float32 on the same weights; NaN where nothing of float32 took part. */
  public double error(Row row) {
    return exact().filter(exact -> row.took()).map(row::relativeError).orElse(Double.NaN);
  }

  /** The shortest time, in milliseconds, that the ceiling allows a contestant's chunk; NaN where it says nothing of its device. */
  public double roofline(Row row) {
    return row.took() ? ceiling.millis(config, row) : Double.NaN;
  }
}
