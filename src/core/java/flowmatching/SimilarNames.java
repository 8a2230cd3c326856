package flowmatching;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** What may be meant by a name that is not known. */
public final class SimilarNames {
  private SimilarNames() {}

  /**
   * The known names, the most similar first: by the letters that would have to be put in, taken out or changed, or
   * swapped with their neighbours (optimal string alignment distance).
   */
  public static List<String> of(String name, Collection<String> known) {
    return known.stream().sorted(Comparator.comparingInt(candidate -> distance(candidate, name))).toList();
  }

  /** The most similar known name, where it is similar: it holds the name or is held by it, or half of the letters agree. None to an empty one. */
  public static Optional<String> nearest(String name, Collection<String> known) {
    return of(name, known).stream().filter(candidate -> !name.isEmpty())
        .filter(candidate -> candidate.contains(name) || name.contains(candidate)
            || 2 * distance(candidate, name) <= Math.max(candidate.length(), name.length()))
        .findFirst();
  }

  /** The end of a sentence that refuses a name: {@code ; did you mean 'NAME'? There are ...}. */
  public static String hint(String name, Collection<String> known) {
    String all = "here are " + String.join(", ", known);
    return nearest(name, known).map(other -> "; did you mean '" + other + "'? T" + all).orElse("; t" + all);
  }

  private static int distance(String a, String b) {
    int[] beforeLast = new int[b.length() + 1];
    int[] last = new int[b.length() + 1];
    int[] row = IntStream.rangeClosed(0, b.length()).toArray();
    for (int i = 1; i <= a.length(); i++) {
      int[] free = beforeLast;
      beforeLast = last;
      last = row;
      row = free;
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, 1 + Math.min(last[j], row[j - 1]));
        if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
          row[j] = Math.min(row[j], 1 + beforeLast[j - 2]);
        }
      }
    }
    return row[b.length()];
  }
}
