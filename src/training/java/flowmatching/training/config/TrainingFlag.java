package flowmatching.training.config;

import com.fasterxml.jackson.databind.JsonNode;
import flowmatching.BadInputException;
import java.util.List;

/**
 * One flag of {@code train}, which is also one key of {@code train_config.json}: the dots of its name are that file's nesting.
 *
 * @param name LeRobot's, where LeRobot has it
 * @param kind of its value
 * @param absent its value where nothing is given; null for none
 * @param least number allowed
 * @param greatest number allowed
 * @param choices texts allowed; empty allows any
 * @param inFile whether {@code train_config.json} has it; the others are for the command line alone
 * @param description what it does, in whole sentences
 */
public record TrainingFlag(
    String name, FlagKind kind, JsonNode absent, double least, double greatest, List<String> choices, boolean inFile, String description) {
  private static final int MAX_SHOWN = 160;

  /**
   * Reads a value as it is written on a command line.
   *
   * @throws BadInputException where it is of another kind or not allowed, naming the flag, what may be there and what was found
   */
  JsonNode parse(String text) {
    JsonNode value = kind.parse(text);
    if (value == null || !allowed(value)) {
      throw wrong("--" + name, text);
    }
    return value;
  }

  /** Checks a value of a file. @throws BadInputException as {@link #parse}, naming the file */
  JsonNode check(String file, JsonNode value) {
    if (!value.isNull() && !kind.accepts(value) || !allowed(value)) {
      throw wrong(file + ": " + name, value.toString());
    }
    return value;
  }

  private boolean allowed(JsonNode value) {
    if (value.isNull()) {
      return absent == null; // LeRobot's optional ones
    }
    if (value.isNumber()) {
      return value.doubleValue() >= least && value.doubleValue() <= greatest;
    }
    return choices.isEmpty() || choices.contains(value.textValue());
  }

  /** What is allowed, for documents and messages. */
  public String expected() {
    if (!choices.isEmpty()) {
      return String.join(", ", choices);
    }
    if (kind != FlagKind.INTEGER && kind != FlagKind.NUMBER || least == Double.NEGATIVE_INFINITY) {
      return kind.toString();
    }
    return kind + (greatest == Double.POSITIVE_INFINITY ? " of at least " + plain(least) : " from " + plain(least) + " to " + plain(greatest));
  }

  /** The default as it would be typed; empty where there is none. */
  public String shownDefault() {
    return absent == null ? "" : absent.isTextual() ? absent.textValue() : kind == FlagKind.NUMBER ? plain(absent.doubleValue()) : absent.toString();
  }

  private static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15 ? String.valueOf((long) value) : String.valueOf(value).replace(".0E", "e").replace('E', 'e');
  }

  private BadInputException wrong(String where, String found) {
    String shown = found.length() > MAX_SHOWN ? found.substring(0, MAX_SHOWN) + "..." : found;
    return new BadInputException(where + ": expected " + expected() + ", found " + (shown.isEmpty() ? "nothing" : "'" + shown + "'"));
  }
}
