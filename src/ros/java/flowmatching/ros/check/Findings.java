package flowmatching.ros.check;

import flowmatching.ros.check.Finding.Level;
import java.util.ArrayList;
import java.util.List;

/** Collects findings. */
final class Findings {
  private static final int LONGEST = 1500;
  private static final String CONTROL = "\\p{Cntrl}";

  private final List<Finding> all = new ArrayList<>();

  void attention(String subject, String text) {
    add(Level.ATTENTION, subject, text);
  }

  void note(String subject, String text) {
    add(Level.NOTE, subject, text);
  }

  /** Names come from the network: they may be many, and what is no letter could be an order to a terminal. */
  private void add(Level level, String subject, String text) {
    String shown = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
    all.add(new Finding(level, subject.replaceAll(CONTROL, "?"), shown.replaceAll(CONTROL, "?")));
  }

  /** What needs attention first, else in the order in which it was found. */
  List<Finding> sorted() {
    return all.stream().sorted((a, b) -> a.level().compareTo(b.level())).toList();
  }
}
