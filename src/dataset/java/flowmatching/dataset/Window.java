package flowmatching.dataset;

/**
 * A frame of an episode and the neighbours that its item shows. A neighbour outside the episode is the episode's edge.
 *
 * @param frame of the item, in the episode
 * @param offsets of the neighbours, in frames from it
 */
record Window(Episode episode, int frame, int[] offsets) {
  int steps() {
    return offsets.length;
  }

  /** The frame that step {@code step} shows, in the episode. */
  int frameAt(int step) {
    return (int) Math.max(0, Math.min((long) frame + offsets[step], episode.length() - 1));
  }

  /** By step, whether it lies outside the episode. */
  boolean[] isPad() {
    boolean[] pad = new boolean[offsets.length];
    for (int step = 0; step < pad.length; step++) {
      pad[step] = frameAt(step) != (long) frame + offsets[step];
    }
    return pad;
  }

  /**
   * Takes the window's rows out of a table's values.
   *
   * @param all values of the table, an array of numbers
   * @param size values a row
   * @param into as many values as the window has steps times {@code size}
   */
  <A> A copy(A all, int size, A into) {
    for (int step = 0; step < offsets.length; step++) {
      System.arraycopy(all, (episode.row() + frameAt(step)) * size, into, step * size, size);
    }
    return into;
  }
}
