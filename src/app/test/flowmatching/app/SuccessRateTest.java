package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import flowmatching.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuccessRateTest {
  @ParameterizedTest
  // scipy 1.17.1: binomtest(successes, episodes).proportion_ci(0.95, "wilson")
  @CsvSource({
    "0, 10, 0, 0.2775327998628892", "10, 10, 0.7224672001371107, 1", "47, 50, 0.8378290831116182, 0.979385029651026",
    "1, 2, 0.0945312057342307, 0.9054687942657693"
  })
  void theIntervalIsWilsons(int successes, int episodes, double low, double high) {
    SuccessRate rate = new SuccessRate(successes, episodes);
    assertEquals(low, rate.low(), 1e-9);
    assertEquals(high, rate.high(), 1e-9);
  }

  @Test
  void itReadsAsASentence() {
    assertEquals("47 of 50 episodes succeeded: 94.0 % (95 % interval 83.8 to 97.9)", new SuccessRate(47, 50).toString());
  }

  @Test
  void countsThatCannotBeAreRefused() {
    assertThrows(BadInputException.class, () -> new SuccessRate(0, 0));
    assertThrows(BadInputException.class, () -> new SuccessRate(3, 2));
    assertThrows(BadInputException.class, () -> new SuccessRate(-1, 2));
  }
}
