package flowmatching.ros.node;

import flowmatching.control.ControllerState;
import flowmatching.control.ControllerStatus;
import flowmatching.ros.message.DiagnosticStatus;
import java.util.Locale;
import java.util.Optional;

/**
 * How the node is, in one word and a sentence.
 *
 * @param level of {@link DiagnosticStatus}
 * @param message for the person at the robot
 */
record Health(byte level, String message) {
  /**
   * What to say of a status.
   *
   * @param shadow whether no command is published
   * @param clock what is wrong with the time, a sentence
   * @param ended where the node is shut down and nothing newer will come
   */
  static Health of(ControllerStatus status, boolean shadow, Optional<String> clock, boolean ended) {
    String sentence = sentence(status.state(), shadow) + " " + capital(status.reason()) + ".";
    if (ended) {
      return new Health(DiagnosticStatus.STALE, "The node is shut down.");
    } else if (clock.isPresent() && level(status) == DiagnosticStatus.OK) {
      return new Health(DiagnosticStatus.WARN, sentence + " " + clock.get());
    }
    return new Health(level(status), sentence);
  }

  /** What a state means, for a person. */
  static String sentence(ControllerState state, boolean shadow) {
    return shadow && state == ControllerState.ACTIVE ? "The policy runs in shadow: no command is published." : state.sentence();
  }

  /** OK while the node does what it was told, WARN while it cannot, ERROR where a person has to help. */
  static byte level(ControllerStatus status) {
    if (status.latched()) {
      return DiagnosticStatus.ERROR;
    }
    return switch (status.state()) {
      case ACTIVE, INACTIVE -> DiagnosticStatus.OK;
      case UNCONFIGURED, HOLDING, STOPPING -> DiagnosticStatus.WARN;
      case ERROR -> DiagnosticStatus.ERROR;
    };
  }

  private static String capital(String reason) {
    return reason.isEmpty() ? reason : reason.substring(0, 1).toUpperCase(Locale.ROOT) + reason.substring(1);
  }
}
