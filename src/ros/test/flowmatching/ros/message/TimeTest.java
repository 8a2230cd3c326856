package flowmatching.ros.message;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimeTest {
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 999_999_999, 1_000_000_000, 1_700_000_000_123_456_789L, -1, -1_500_000_000L})
  void nanosecondsSurviveTheWayThereAndBack(long nanoseconds) {
    assertEquals(nanoseconds, Time.ofNanoseconds(nanoseconds).toNanoseconds());
    assertEquals(nanoseconds, Duration.ofNanoseconds(nanoseconds).toNanoseconds());
  }

  @Test
  void nanosecondsOfASecondAreNeverNegative() {
    assertEquals(new Time(-2, 500_000_000), Time.ofNanoseconds(-1_500_000_000L));
  }
}
