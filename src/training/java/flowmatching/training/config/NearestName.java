package flowmatching.training.config;

import java.util.Collection;
import java.util.Comparator;

/** The known name that a mistyped one probably was. */
final class NearestName {
  private NearestName() {}

  /** The one with the fewest edits: letters put in, left out or changed, or neighbours swapped. */
  static String of(String typed, Collection<String> known) {
    return known.stream().min(Comparator.comparingInt(name -> edits(typed, name))).orElseThrow();
  }

  /** Optimal string alignment distance. */
  private static int edits(String a, String b) {
    int[][] table = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          table[i][j] = i + j;
          continue;
        }
        int changed = table[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        table[i][j] = Math.min(changed, 1 + Math.min(table[i - 1][j], table[i][j - 1]));
        if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
          table[i][j] = Math.min(table[i][j], 1 + table[i - 2][j - 2]);
        }
      }
    }
    return table[a.length()][b.length()];
  }
}
