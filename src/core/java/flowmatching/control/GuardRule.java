package flowmatching.control;

import java.util.Locale;

/** What a command must keep to. The first four reject, the others clamp. */
public enum GuardRule {
  SHAPE("the command has another number of values than there are joints"),
  TIME("no time has passed since the last command"),
  FINITE("the value is not a number that a robot can follow"),
  MEASURED("its position has not been measured yet, so the first command has nothing to start from"),
  POSITION("position limit"),
  APPROACH("approach speed: the joint has not yet met the policy"),
  VELOCITY("velocity limit"),
  ACCELERATION("acceleration limit");

  private final String sentence;

  GuardRule(String sentence) {
    this.sentence = sentence;
  }

  /** Whether the rule is about the command as a whole. */
  boolean wholeCommand() {
    return this == SHAPE || this == TIME;
  }

  /** What is wrong, for a person. */
  public String sentence() {
    return sentence;
  }

  /** The rule's name in counters. */
  String counter() {
    return name().toLowerCase(Locale.ROOT);
  }
}
