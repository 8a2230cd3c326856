package flowmatching.dataset;

import flowmatching.BadInputException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** What the files of a version say of a set beside {@code info.json}. Everything is read when it is asked for. */
public interface Layout {
  /** What readers do with a contradiction that they could read past: nothing more is read. */
  Consumer<BadInputException> STRICT = problem -> {
    throw problem;
  };

  /** The files of a set's version. */
  static Layout of(Path root, DatasetInfo info, ParquetFiles parquet) {
    return info.version().equals(DatasetInfo.V30) ? new LayoutV30(root, info, parquet) : new LayoutV21(root, info);
  }

  /**
   * The episodes in order.
   *
   * @param problems takes each contradiction; where it returns, the set's numbers are taken to be those that they should be
   * @throws BadInputException where a file is missing or cannot be read
   */
  List<Episode> episodes(Consumer<BadInputException> problems);

  /** The tasks by task_index. @throws BadInputException where the file is missing or wrong */
  List<String> tasks();

  /** Of the whole set, empty where it has none. @throws BadInputException where the file is wrong */
  FeatureStatistics statistics();

  /** Of each episode, empty where the set has none. @throws BadInputException where a file is wrong */
  List<FeatureStatistics> episodeStatistics();
}
