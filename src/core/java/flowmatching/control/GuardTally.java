package flowmatching.control;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts verdicts by joint and rule, and keeps the last reason. All sentences are made beforehand, so that judging allocates
 * nothing.
 */
final class GuardTally {
  private final AtomicLong[][] broken;
  private final String[][] reasons;
  private final AtomicLong[] verdicts;
  private GuardRule rule;
  private int joint;

  GuardTally(List<ActionDimension> dimensions, Counters counters) {
    verdicts = new AtomicLong[] {
      counters.named("guard.ok"), counters.named("guard.clamped"), counters.named("guard.rejected"),
    };
    GuardRule[] rules = GuardRule.values();
    broken = new AtomicLong[rules.length][dimensions.size()];
    reasons = new String[rules.length][dimensions.size()];
    for (GuardRule each : rules) {
      for (int i = 0; i < dimensions.size(); i++) {
        String name = dimensions.get(i).name();
        broken[each.ordinal()][i] = counters.named("guard." + each.counter() + (each.wholeCommand() ? "" : "." + name));
        reasons[each.ordinal()][i] = each.wholeCommand() ? each.sentence() : "joint " + name + ": " + each.sentence();
      }
    }
  }

  /** Begins with a new command. */
  void begin() {
    rule = null;
    joint = 0;
  }

  /** A joint broke a rule. */
  void broke(GuardRule which, int index) {
    rule = which;
    joint = index;
    broken[which.ordinal()][index].incrementAndGet();
  }

  Verdict end(Verdict verdict) {
    verdicts[verdict.ordinal()].incrementAndGet();
    return verdict;
  }

  /** The rule that the command broke last, or null. */
  GuardRule rule() {
    return rule;
  }

  String reason() {
    return rule == null ? "" : reasons[rule.ordinal()][joint];
  }
}
