package flowmatching.ros.parameter;

import flowmatching.ros.message.ListParametersResult;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** Which names of parameters a search finds. Dots divide a name into parts. */
final class ParameterListing {
  private static final char DOT = '.';

  private ParameterListing() {}

  /**
   * @param names to search
   * @param prefixes whole parts that names begin with; none stands for every name
   * @param depth how many parts may follow the prefix, 0 for any number; unsigned
   * @return names and their own prefixes, sorted
   */
  static ListParametersResult list(Collection<String> names, List<String> prefixes, long depth) {
    TreeSet<String> found = new TreeSet<>();
    TreeSet<String> above = new TreeSet<>();
    for (String name : names) {
      boolean matches = prefixes.isEmpty() ? within(name, depth) : prefixes.stream().anyMatch(prefix -> matches(name, prefix, depth));
      if (matches) {
        found.add(name);
        int last = name.lastIndexOf(DOT);
        if (last >= 0) {
          above.add(name.substring(0, last));
        }
      }
    }
    return new ListParametersResult(List.copyOf(found), List.copyOf(above));
  }

  private static boolean matches(String name, String prefix, long depth) {
    return name.equals(prefix)
        || name.startsWith(prefix) && name.charAt(prefix.length()) == DOT && within(name.substring(prefix.length() + 1), depth);
  }

  private static boolean within(String rest, long depth) {
    long parts = 1 + rest.chars().filter(letter -> letter == DOT).count();
    return depth == 0 || Long.compareUnsigned(parts, depth) <= 0;
  }
}
