package flowmatching.hub;

import flowmatching.BadInputException;
import java.util.Optional;

/** A token of the hub. Its text leaves this class in the header of a request to the hub's own server, nowhere else. */
final class HubToken {
  private final String text;
  private final String source;

  private HubToken(String text, String source) {
    this.text = text;
    this.source = source;
  }

  /**
   * @param source the variable or file that it comes from, for messages
   * @return empty for a blank text
   * @throws BadInputException where it cannot be a token; the message does not hold it
   */
  static Optional<HubToken> of(String text, String source) {
    String token = text.replaceAll("[\r\n]", "").strip();
    if (token.isEmpty()) {
      return Optional.empty();
    }
    if (!token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new BadInputException(source + ": expected a token of the hub (hf_...), found a text with blanks or other characters that none has");
    }
    return Optional.of(new HubToken(token, source));
  }

  String header() {
    return "Bearer " + text;
  }

  /** What a server said, without the token that it may have said back. */
  String removedFrom(String message) {
    return message.replace(text, "***");
  }

  @Override
  public String toString() {
    return "the token from " + source;
  }
}
