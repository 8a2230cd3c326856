package flowmatching.ros.check;

import flowmatching.ros.node.UnitConversion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Guesses why joints stand where the training data has none: a wrong unit, sign or offset. A robot may also just stand elsewhere, so
 * a guess is made only where it is evident: the value is far off as it is, one explanation alone brings it into the data set's
 * range, and the other joints do not contradict.
 */
final class UnitGuess {
  /** Radians of a joint that turns more than this, from zero, are rare: two turns. */
  private static final double TWO_TURNS = 4 * Math.PI;
  /** Degrees of such a joint. */
  private static final double TWO_TURNS_DEGREES = 720;
  private static final double ONE_TURN = 2 * Math.PI;
  private static final double DEGREE = Math.PI / 180;
  private static final String ONE_UNIT = "both sides have one unit";
  private static final double SAME = 1e-9;
  /** An offset is believed in where the joint comes this near to the mean, in standard deviations... */
  private static final double NEAR = 1.5;
  /** ...and these standard deviations are small against a quarter turn, so that it would rarely come there by chance. */
  private static final double NARROW = Math.PI / 16;

  /**
   * A guess.
   *
   * @param reason what it looks like, in words
   * @param advice the keys of the robot file that would put it right
   * @param joints their names
   */
  record Guess(String reason, String advice, List<String> joints) {}

  /** An explanation: what a joint's conversion would have to be. */
  private record Explanation(String reason, UnitConversion units) {}

  private UnitGuess() {}

  /** The guesses, none of them about the same joint. */
  static List<Guess> of(List<JointValue> joints) {
    Map<Explanation, List<String>> guesses = new LinkedHashMap<>();
    boolean reach = reachSpeaksOfDegrees(joints);
    for (JointValue joint : joints) {
      if (joint.statistics().isEmpty() || !Double.isFinite(joint.robot())) {
        continue;
      }
      List<Explanation> fitting = reach && mayBeDegrees(joint) ? List.of(degrees(joint.units())) : explanations(joint);
      if (fitting.size() == 1) {
        guesses.computeIfAbsent(fitting.get(0), key -> new ArrayList<>()).add(joint.name());
      }
    }
    List<Guess> all = new ArrayList<>();
    guesses.forEach((explanation, names) -> all.add(new Guess(explanation.reason(), advice(explanation.units()), names)));
    return all;
  }

  /** What would bring a joint that is far outside into the range. Scales come first: sign and offset explain only what they do not. */
  private static List<Explanation> explanations(JointValue joint) {
    JointStatistics known = joint.statistics().orElseThrow();
    if (known.constant() || !known.farOutside(joint.dataSet())) {
      return List.of();
    }
    UnitConversion units = joint.units();
    List<Explanation> scales = fitting(joint, List.of(
        degrees(units),
        new Explanation("values are 57.3 times too large: " + (sameUnit(joint) ? "degrees here, radians in the data set" : ONE_UNIT),
            scaled(units, 1 / DEGREE)),
        new Explanation("values are 1000 times too small: metres here, millimetres in the data set", scaled(units, 1e-3)),
        new Explanation("values are 1000 times too large: " + (sameUnit(joint) ? "millimetres here, metres in the data set" : ONE_UNIT),
            scaled(units, 1e3))),
        value -> !known.outside(value));
    if (!scales.isEmpty()) {
      return scales;
    }
    List<Explanation> others = new ArrayList<>(fitting(joint,
        List.of(new Explanation("the sign is the other way round", new UnitConversion(units.scale(), units.offset(), -units.sign()))),
        value -> !known.outside(value)));
    if (known.std() * units.scale() < NARROW) {
      List<Explanation> turned = new ArrayList<>();
      for (double turn : new double[] {-2 * Math.PI, -Math.PI, -Math.PI / 2, Math.PI / 2, Math.PI, 2 * Math.PI}) {
        turned.add(new Explanation("the two count from places " + Math.round(Math.abs(turn) / DEGREE) + " degrees apart",
            new UnitConversion(units.scale(), units.offset() + turn, units.sign())));
      }
      others.addAll(fitting(joint, turned, value -> Math.abs(known.z(value)) < NEAR));
    }
    return others;
  }

  private static List<Explanation> fitting(JointValue joint, List<Explanation> explanations, Predicate<Double> fits) {
    return explanations.stream().filter(explanation -> fits.test(explanation.units().toDataSet(joint.robot()))).toList();
  }

  private static Explanation degrees(UnitConversion units) {
    return new Explanation("values are 57.3 times too small: radians here, degrees in the data set", scaled(units, DEGREE));
  }

  private static UnitConversion scaled(UnitConversion units, double factor) {
    return new UnitConversion(units.scale() * factor, units.offset(), units.sign());
  }

  /**
   * Zero lies in most ranges, so that radians near it look like degrees near it. But then several joints of the data set go further
   * than any in radians does, and none of the robot's stands beyond one turn.
   */
  private static boolean reachSpeaksOfDegrees(List<JointValue> joints) {
    return joints.stream().filter(UnitGuess::mayBeDegrees).count() >= 2
        && joints.stream().noneMatch(joint -> sameUnit(joint) && Math.abs(joint.robot()) > ONE_TURN);
  }

  private static boolean mayBeDegrees(JointValue joint) {
    double reach = joint.statistics().map(JointStatistics::reach).orElse(Double.NaN);
    return Double.isFinite(joint.robot()) && sameUnit(joint) && reach > TWO_TURNS && reach <= TWO_TURNS_DEGREES;
  }

  private static boolean sameUnit(JointValue joint) {
    return Math.abs(joint.units().scale() - 1) < SAME;
  }

  /** The keys of a robot file that say this conversion. */
  private static String advice(UnitConversion units) {
    StringBuilder keys = new StringBuilder();
    if (near(units.scale(), DEGREE)) {
      keys.append("unit: degrees");
    } else if (near(units.scale(), 1e-3)) {
      keys.append("unit: millimetres");
    } else if (near(units.scale(), 1)) {
      keys.append("unit: same");
    } else {
      keys.append("scale: ").append(number(units.scale()));
    }
    if (units.sign() < 0) {
      keys.append(", sign: -1");
    }
    if (units.offset() != 0) {
      keys.append(", offset: ").append(number(units.offset()));
    }
    return keys.toString();
  }

  private static boolean near(double value, double expected) {
    return Math.abs(value / expected - 1) < SAME;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.5g", value);
  }
}
