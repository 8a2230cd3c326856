package flowmatching.dataset.check;

import flowmatching.BadInputException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a check found, in the order in which it was found. */
public final class Findings {
  private final List<String> defects = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final boolean isRecording;

  /** @param isRecording whether a recorder is at work or was killed: it may have left parts of an episode that is not counted */
  Findings(boolean isRecording) {
    this.isRecording = isRecording;
  }

  /** What is wrong with the set: file, place, what was expected and what was found. */
  public List<String> defects() {
    return List.copyOf(defects);
  }

  /** What a recorder left that was killed: it harms nobody. */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  void defect(String text) {
    defects.add(text);
  }

  boolean isRecording() {
    return isRecording;
  }

  /** Something that no episode holds: what a killed recorder left is taken away when the recording goes on. */
  void leftover(String text) {
    if (isRecording) {
      notes.add(text + " (left by a recording that was killed or goes on)");
    } else {
      defects.add(text);
    }
  }

  /** Does something that reads a file, and notes it where that does not work. @return whether it worked */
  boolean attempt(Runnable reading) {
    try {
      reading.run();
      return true;
    } catch (BadInputException e) {
      defect(e.getMessage());
      return false;
    }
  }

  /** Defects that many rows or frames may have: the first of each kind is told, the others are counted. */
  final class Repeated {
    private final Map<String, String> first = new LinkedHashMap<>();
    private final Map<String, Long> counts = new LinkedHashMap<>();

    void add(String kind, String text) {
      add(kind, text, 1);
    }

    /** @param alike how many rows or frames the text is about, from the first on */
    void add(String kind, String text, int alike) {
      first.putIfAbsent(kind, text);
      counts.merge(kind, (long) alike, Long::sum);
    }

    /** @param what is counted, for example "rows" */
    void finish(String what) {
      first.forEach((kind, text) -> defect(counts.get(kind) == 1 ? text : text + " (and " + (counts.get(kind) - 1) + " more " + what + ")"));
    }
  }
}
