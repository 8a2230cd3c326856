package flowmatching.app.record;

import flowmatching.app.EpisodeSeed;
import flowmatching.app.gazebo.Tabletop;
import flowmatching.dataset.write.DatasetSpec;
import flowmatching.dataset.write.DatasetWriter;

/** Episodes of the arm in Gazebo with its scripted expert. One that the expert fails is not kept. */
public final class TabletopEpisodes implements EpisodeSource {
  private final Tabletop table;
  private final LiveEpisodes live;
  private final long seed;
  private int tries;

  /**
   * @param table where the expert works; closed with the episodes
   * @param live records it, with no time between episodes; closed with the episodes
   * @param seed of all episodes; each has its own from this and its number
   */
  public TabletopEpisodes(Tabletop table, LiveEpisodes live, long seed) {
    this.table = table;
    this.live = live;
    this.seed = seed;
  }

  @Override
  public DatasetSpec spec() throws InterruptedException {
    return live.spec();
  }

  @Override
  public boolean record(int number, DatasetWriter writer) throws InterruptedException {
    table.begin(EpisodeSeed.of(seed, number) + tries++);
    table.solve(live::endEpisode);
    boolean kept = live.record(number, writer) && table.succeeded();
    if (kept) {
      tries = 0;
    }
    return kept;
  }

  @Override
  public void stop() {
    live.stop();
    table.stop();
  }

  @Override
  public void close() {
    live.close();
    table.close();
  }
}
