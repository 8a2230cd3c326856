package flowmatching.ros.check;

import static flowmatching.ros.check.TopicRules.number;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Whether the robot stands where the training data has been. */
final class StatisticsRules {
  private final String source;
  private final Findings findings;

  /** @param source of the statistics, for messages */
  StatisticsRules(String source, Findings findings) {
    this.source = source;
    this.findings = findings;
  }

  void check(List<JointValue> joints) {
    Set<String> explained = new HashSet<>();
    for (UnitGuess.Guess guess : UnitGuess.of(joints)) {
      explained.addAll(guess.joints());
      findings.attention(String.join(", ", guess.joints()), "a guess: " + guess.reason() + "; set " + guess.advice()
          + " in state, and see whether the other joints and the actions need it too");
    }
    for (JointValue joint : joints) {
      if (joint.outside() && !explained.contains(joint.name())) {
        findings.attention(joint.name(), outside(joint, joint.statistics().orElseThrow()));
      }
    }
  }

  private String outside(JointValue joint, JointStatistics known) {
    String stands = "stands at " + number(joint.dataSet()) + " in the data set's unit; ";
    if (known.constant()) {
      return stands + "it never moved from " + number(known.min()) + " in " + source + ": bring it there, the policy knows no other value";
    }
    return stands + source + " has " + number(known.min()) + " to " + number(known.max())
        + (Double.isNaN(joint.z()) ? "" : String.format(Locale.ROOT, " (z-score %.1f)", joint.z()))
        + ": move it to where recordings began, or correct unit, scale, sign or offset";
  }
}
