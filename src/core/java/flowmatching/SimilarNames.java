package flowmatching;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What may be meant by a name that is not known. */
public final class SimilarNames {
  private SimilarNames() {}

  /** The known names, the most similar first: by the letters that would have to be put in, taken out or changed (Levenshtein). */
  public static List<String> of(String name, Collection<String> known) {
    return known.stream().sorted(Comparator.comparingInt(candidate -> distance(candidate, name))).toList();
  }

  /** The most similar known name, where it is similar: it holds the name or is held by it, or half of the letters agree. */
  public static Optional<String> nearest(String name, Collection<String> known) {
    return of(name, known).stream()
        .filter(candidate -> candidate.contains(name) || name.contains(candidate)
            || 2 * distance(candidate, name) <= Math.max(candidate.length(), name.length()))
        .findFirst();
  }

  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
