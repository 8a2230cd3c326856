package flowmatching.ros.node;

import flowmatching.control.ControllerStatus;
import flowmatching.ros.graph.GraphClock;
import flowmatching.ros.message.DiagnosticStatus;
import java.util.Locale;

/**
 * How the node is, in one word and a sentence.
 *
 * @param level of {@link DiagnosticStatus}
 * @param message for the person at the robot
 */
record Health(byte level, String message) {
  /** What to say of a status; {@code ended} where the node is shut down and nothing newer will come. */
  static Health of(ControllerStatus status, GraphClock clock, boolean ended) {
    String sentence = status.state().sentence() + " " + capital(status.reason()) + ".";
    if (ended) {
      return new Health(DiagnosticStatus.STALE, "The node is shut down.");
    } else if (!clock.started() && level(status) == DiagnosticStatus.OK) {
      return new Health(DiagnosticStatus.WARN, sentence + " There is no time on /clock yet, and use_sim_time is set.");
    }
    return new Health(level(status), sentence);
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
