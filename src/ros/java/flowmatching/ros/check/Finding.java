package flowmatching.ros.check;

/**
 * Something that was found, in words.
 *
 * @param level how much it matters
 * @param subject the topic, joint or file that it is about
 * @param text what was found and what to change
 */
public record Finding(Level level, String subject, String text) {
  /** How much a finding matters. */
  public enum Level {
    /** The policy would not run on this robot as it should. */
    ATTENTION,
    /** Good to know. */
    NOTE
  }
}
