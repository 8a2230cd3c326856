package flowmatching.dataset.check;

import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.DatasetInfo;
import flowmatching.dataset.DatasetLayout;
import flowmatching.dataset.Episode;
import flowmatching.dataset.FeatureStatistics;
import flowmatching.dataset.Layout;
import flowmatching.dataset.ParquetFiles;
import flowmatching.dataset.ReadOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Looks at everything that a set of version v3.0 or v2.1 holds, and goes on past what is wrong. */
public final class DatasetCheck {
  private final Path root;
  private final DatasetInfo info;
  private final ParquetFiles parquet;
  private final Layout layout;
  private final Findings findings;
  private final Map<Integer, Map<String, Map<String, double[]>>> measured = new LinkedHashMap<>();

  private DatasetCheck(Path root, DatasetInfo info, ParquetFiles parquet, Findings findings) {
    this.root = root;
    this.info = info;
    this.parquet = parquet;
    this.layout = Layout.of(root, info, parquet);
    this.findings = findings;
  }

  /**
   * Checks a set.
   *
   * @param root the directory that holds {@code meta/info.json}
   * @param progress takes the number of pictures decoded
   * @return what was found; nothing is thrown for what is wrong with the set
   */
  public static Findings check(Path root, IntConsumer progress) {
    Findings findings = new Findings(Files.isDirectory(root.resolve(".recording")));
    findings.attempt(() -> {
      DatasetInfo info = DatasetInfo.read(root);
      try (ParquetFiles parquet = new ParquetFiles()) {
        new DatasetCheck(root, info, parquet, findings).run(progress);
      }
    });
    return findings;
  }

  private void run(IntConsumer progress) {
    List<String> tasks = new ArrayList<>();
    findings.attempt(() -> tasks.addAll(layout.tasks()));
    List<Episode> episodes = new ArrayList<>();
    if (!findings.attempt(() -> episodes.addAll(layout.episodes(problem -> findings.defect(problem.getMessage()))))) {
      return;
    }
    DatasetLayout.checkCounts(info, episodes, tasks, problem -> findings.defect(problem.getMessage()));
    checkMetadata(episodes, tasks);
    checkOrder(episodes);
    Map<Path, List<Episode>> tables = episodes.stream().collect(Collectors.groupingBy(Episode::data, LinkedHashMap::new, Collectors.toList()));
    double tolerance = Math.min(ReadOptions.TOLERANCE, 0.4 / info.fps());
    List<Path> readable = new ArrayList<>();
    tables.forEach((file, held) -> {
      TableCheck table = new TableCheck(file, info, parquet, findings);
      if (table.check(held, tasks.size(), tolerance)) {
        measured.putAll(table.statistics());
        readable.add(file);
      }
    });
    findings.attempt(() -> findStrangers(tables));
    Map<String, double[]> brightness = checkPictures(episodes, readable, tolerance, progress);
    findings.attempt(() -> checkStatistics(brightness));
  }

  /** The episodes' tasks, and what a v3.0 set must have that this project's reader does not look at. */
  private void checkMetadata(List<Episode> episodes, List<String> tasks) {
    Set<String> known = Set.copyOf(tasks);
    Findings.Repeated defects = findings.new Repeated();
    for (Episode episode : episodes) {
      episode.tasks().stream().filter(task -> !known.contains(task)).findFirst().ifPresent(task -> defects.add("task",
          root.resolve("meta") + ": episode " + episode.index() + ": expected one of the set's " + tasks.size() + " tasks, found '" + task + "'"));
    }
    defects.finish("episodes");
    if (info.version().equals(DatasetInfo.V30)) {
      findings.attempt(() -> MetadataCheck.check(root, info, parquet, findings));
    }
  }

  /** LeRobot takes a frame's row by its place in all tables together, in the order of their names. */
  private void checkOrder(List<Episode> episodes) {
    for (int i = 1; i < episodes.size(); i++) {
      Path before = episodes.get(i - 1).data();
      Path table = episodes.get(i).data();
      if (table.compareTo(before) < 0) {
        findings.defect(table + ": holds episode " + i + " and comes before the table of episode " + (i - 1) + ", so that LeRobot reads other frames in their place");
        return;
      }
    }
  }

  /** Tables that belong to no episode: LeRobot reads every one that it finds. */
  private void findStrangers(Map<Path, List<Episode>> tables) {
    List<Path> known = tables.keySet().stream().map(file -> file.toAbsolutePath().normalize()).toList();
    try (Stream<Path> files = Files.walk(root.resolve("data"), 2)) {
      files.filter(file -> file.toString().endsWith(".parquet") && !known.contains(file.toAbsolutePath().normalize())).sorted()
          .forEach(file -> findings.leftover(file + ": belongs to no episode, and LeRobot reads it all the same"));
    } catch (IOException | UncheckedIOException e) {
      findings.defect(root.resolve("data") + ": cannot be listed: " + e.getMessage());
    }
  }

  /** @return the mean of each camera's pictures by channel */
  private Map<String, double[]> checkPictures(List<Episode> episodes, List<Path> tables, double tolerance, IntConsumer progress) {
    int[] done = {0};
    Map<String, double[]> means = new LinkedHashMap<>();
    for (DatasetFeature camera : info.cameras()) {
      PictureCheck check = new PictureCheck(info, camera, findings, () -> progress.accept(++done[0]));
      if (camera.isVideo()) {
        episodes.stream()
            .collect(Collectors.groupingBy(episode -> episode.videos().get(camera.key()).file(), LinkedHashMap::new, Collectors.toList()))
            .forEach((file, held) -> check.checkVideo(file, held, tolerance));
      } else {
        tables.forEach(file -> check.checkStored(file, parquet));
      }
      if (check.mean() != null) {
        means.put(camera.key(), check.mean());
      }
    }
    return means;
  }

  private void checkStatistics(Map<String, double[]> brightness) {
    StatisticsCheck check = new StatisticsCheck(info.features(), findings);
    FeatureStatistics whole = layout.statistics();
    Path file = root.resolve(info.version().equals(DatasetInfo.V30) ? "meta/stats.json" : "meta/episodes_stats.jsonl");
    for (DatasetFeature feature : info.features().values()) {
      if ((feature.isVisual() || feature.isNumeric()) && !feature.isIndex() && !whole.byFeature().containsKey(feature.key())) {
        findings.defect(file + ": '" + feature.key() + "': has no statistics, so that policies would see it as it is");
      }
    }
    List<FeatureStatistics> byEpisode = layout.episodeStatistics();
    for (int episode = 0; episode < byEpisode.size(); episode++) {
      check.check(root.resolve("meta") + ": statistics of episode " + episode, byEpisode.get(episode), measured.getOrDefault(episode, Map.of()));
    }
    if (measured.size() == info.totalEpisodes() && !measured.isEmpty()) {
      List<FeatureStatistics> parts = measured.values().stream().map(FeatureStatistics::new).toList();
      Map<String, Map<String, double[]>> actual = new LinkedHashMap<>(FeatureStatistics.aggregate(file, parts).byFeature());
      brightness.forEach((camera, mean) -> actual.put(camera, Map.of("mean", mean)));
      double frames = whole.byFeature().getOrDefault("index", Map.of()).getOrDefault("count", new double[] {info.totalFrames()})[0];
      if (findings.isRecording() && frames > info.totalFrames()) {
        findings.leftover(file + ": statistics of " + (long) frames + " frames, " + info.totalFrames() + " are counted");
      } else {
        check.check(file.toString(), whole, actual);
      }
    }
  }
}
