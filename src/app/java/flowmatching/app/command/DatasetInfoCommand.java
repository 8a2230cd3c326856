package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.DatasetInfo;
import flowmatching.dataset.Episode;
import flowmatching.dataset.LeRobotDataset;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What a data set holds. */
@Command(name = "info", description = "Features, episodes, tasks, sizes and statistics of a data set.")
public final class DatasetInfoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "DIR", description = "LeRobotDataset (v3.0 or v2.1): the directory that holds meta/info.json.")
  private Path root;

  @Option(names = "--episodes", description = "List every episode.")
  private boolean episodes;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (LeRobotDataset dataset = LeRobotDataset.open(root)) {
      DatasetInfo info = dataset.info();
      out.printf(Locale.ROOT, "%s: LeRobotDataset %s%s%n", root, info.version(), info.robotType().isEmpty() ? "" : ", robot " + info.robotType());
      out.printf(Locale.ROOT, "%,d episodes, %,d frames, %s frames/s, %.1f minutes; %d to %d frames an episode%n", dataset.episodes().size(), dataset.size(),
          text(info.fps()), dataset.size() / info.fps() / 60, length(dataset, true), length(dataset, false));
      sizes().forEach((part, bytes) -> out.printf(Locale.ROOT, "%-8s %,12.2f MiB%n", part, bytes / (double) (1 << 20)));
      printTasks(out, dataset);
      printFeatures(out, dataset);
      if (episodes) {
        out.printf(Locale.ROOT, "%n%-8s %8s  %s%n", "episode", "frames", "tasks");
        dataset.episodes().forEach(episode -> out.printf(Locale.ROOT, "%-8d %8d  %s%n", episode.index(), episode.length(), String.join("; ", episode.tasks())));
      }
    }
    out.flush();
    return 0;
  }

  private static String text(double number) {
    return number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
  }

  private static int length(LeRobotDataset dataset, boolean shortest) {
    var lengths = dataset.episodes().stream().mapToInt(Episode::length);
    return (shortest ? lengths.min() : lengths.max()).orElse(0);
  }

  /** Bytes by the set's directories. */
  private Map<String, Long> sizes() {
    Map<String, Long> sizes = new LinkedHashMap<>();
    for (String part : List.of("data", "videos", "meta")) {
      if (Files.isDirectory(root.resolve(part))) {
        try (Stream<Path> files = Files.walk(root.resolve(part), FileVisitOption.FOLLOW_LINKS)) {
          long bytes = 0;
          for (Path file : files.filter(Files::isRegularFile).toList()) {
            bytes += Files.size(file);
          }
          sizes.put(part, bytes);
        } catch (IOException | UncheckedIOException e) { // a link that leads round, too
          throw new BadInputException(root.resolve(part) + ": cannot be listed: " + e.getMessage(), e);
        }
      }
    }
    return sizes;
  }

  private static void printTasks(PrintWriter out, LeRobotDataset dataset) {
    Map<String, Long> episodes = dataset.episodes().stream().flatMap(episode -> episode.tasks().stream().distinct())
        .collect(Collectors.groupingBy(task -> task, Collectors.counting()));
    out.println();
    out.println("tasks");
    for (int i = 0; i < dataset.tasks().size(); i++) {
      String task = dataset.tasks().get(i);
      out.printf(Locale.ROOT, "%4d  %s (%d episodes)%n", i, task, episodes.getOrDefault(task, 0L));
    }
  }

  private static void printFeatures(PrintWriter out, LeRobotDataset dataset) {
    out.printf(Locale.ROOT, "%n%-34s %-8s %-14s %10s %10s %10s %10s%n", "feature", "type", "shape", "min", "max", "mean", "std");
    for (DatasetFeature feature : dataset.info().features().values()) {
      out.printf(Locale.ROOT, "%-34s %-8s %-14s%n", feature.key(), feature.dtype(), feature.shape());
      Map<String, float[]> statistics = dataset.statistics().byFeature().getOrDefault(feature.key(), Map.of());
      if (statistics.keySet().containsAll(List.of("min", "max", "mean", "std"))) {
        for (int i = 0; i < statistics.get("min").length; i++) {
          out.printf(Locale.ROOT, "  %-56s %10.4g %10.4g %10.4g %10.4g%n", name(feature, i), statistics.get("min")[i], statistics.get("max")[i],
              statistics.get("mean")[i], statistics.get("std")[i]);
        }
      }
    }
  }

  private static String name(DatasetFeature feature, int entry) {
    if (feature.isVisual()) {
      return entry < 3 ? List.of("red", "green", "blue").get(entry) : "channel " + entry;
    }
    return entry < feature.names().size() ? feature.names().get(entry) : "[" + entry + "]";
  }
}
