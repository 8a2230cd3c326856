package flowmatching.ros.check;

import static org.junit.jupiter.api.Assertions.assertEquals;

import flowmatching.ros.node.UnitConversion;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class UnitGuessTest {
  private static final UnitConversion MILLIMETRES = new UnitConversion(1e-3, 0, 1);

  private static JointValue joint(String name, UnitConversion units, double robot, double min, double max) {
    JointStatistics statistics = new JointStatistics((min + max) / 2, (max - min) / 4, min, max);
    return new JointValue(name, units, robot, Optional.of(statistics));
  }

  private static JointValue joint(double robot, double min, double max) {
    return joint("a", UnitConversion.NONE, robot, min, max);
  }

  private static String advice(JointValue... joints) {
    List<String> guesses = UnitGuess.of(List.of(joints)).stream().map(guess -> guess.advice() + " for " + String.join(", ", guess.joints())).toList();
    return String.join("; ", guesses);
  }

  @Test
  void aValueInTheRangeIsNoReasonToGuess() {
    assertEquals("", advice(joint(1.2, 0.5, 2), joint("b", UnitConversion.DEGREES, 0.3, -90, 90)));
  }

  @Test
  void aValueThatIsOnlyALittleOutsideIsAnotherPose() {
    assertEquals("", advice(joint(-0.9, 0.5, 2)));
  }

  @Test
  void radiansThatTheDataSetHasAsDegreesAreSeen() {
    assertEquals("unit: degrees for a", advice(joint(1.2, 50, 80)));
    assertEquals("unit: degrees, sign: -1, offset: 0.10000 for a", advice(joint("a", new UnitConversion(1, 0.1, -1), -1.1, 50, 80)));
  }

  @Test
  void zeroLiesInBothRangesSoTheReachOfSeveralJointsDecides() {
    JointValue a = joint("a", UnitConversion.NONE, 0.1, -95, 100);
    JointValue b = joint("b", UnitConversion.NONE, -0.2, -60, 110);
    assertEquals("unit: degrees for a, b", advice(a, b));
    assertEquals("", advice(a)); // alone it may be a slider
    assertEquals("", advice(a, b, joint("c", UnitConversion.NONE, 45, -90, 90))); // this one speaks degrees already
  }

  @Test
  void degreesThatWereSetForADataSetOfRadiansAreSeen() {
    assertEquals("unit: same for a", advice(joint("a", UnitConversion.DEGREES, 0.9, 0.2, 1.8)));
  }

  @Test
  void aRobotThatSendsDegreesIsSeen() {
    assertEquals("scale: 57.296 for a", advice(joint(51.6, 0.2, 1.8)));
  }

  @Test
  void metresAndMillimetresAreSeenInBothDirections() {
    assertEquals("unit: millimetres for a", advice(joint(0.6, 500, 700)));
    assertEquals("unit: same for a", advice(joint("a", MILLIMETRES, 0.6, 0.5, 0.7)));
  }

  @Test
  void aSignThatIsTheOtherWayRoundIsSeen() {
    assertEquals("unit: same, sign: -1 for a", advice(joint(-0.9, 0.7, 1.1)));
    assertEquals("unit: degrees, sign: -1 for a", advice(joint("a", UnitConversion.DEGREES, -1.2, 55, 80)));
  }

  @Test
  void zerosAQuarterTurnApartAreSeenWhereTheRangeIsNarrow() {
    assertEquals("unit: same, offset: 1.5708 for a", advice(joint(2.0, 0.3, 0.6)));
    assertEquals("", advice(joint(7, -0.5, 2.5))); // a wide range would be met by chance
  }

  @Test
  void severalExplanationsAreNone() {
    // Metres to millimetres and radians to degrees both lead into so wide a range.
    assertEquals("", advice(joint(0.9, 30, 2000)));
    // The other sign, or zeros half a turn apart.
    assertEquals("", advice(joint(-1.5, 1.2, 1.8)));
  }

  @Test
  void jointsThatAreMissingUnknownOrNeverMovedAreLeftAlone() {
    assertEquals("", advice(joint(Double.NaN, 50, 80), new JointValue("b", UnitConversion.NONE, 1, Optional.empty()), joint(1, 57.3, 57.3)));
  }
}
