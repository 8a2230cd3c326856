package flowmatching.ros.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class RatesTest {
  @Test
  void ratesAreCountsASecondSinceTheLastReport() {
    Rates rates = new Rates();
    assertEquals(Map.of(), rates.of(Map.of("command.rate_hz", 100L), 0));
    assertEquals(Map.of("command.rate_hz", 50.0), rates.of(Map.of("command.rate_hz", 200L), 2_000_000_000L));
    assertEquals(Map.of("command.rate_hz", 0.0), rates.of(Map.of("command.rate_hz", 200L, "chunk.rate_hz", 5L), 3_000_000_000L));
    assertEquals(Map.of(), rates.of(Map.of("chunk.rate_hz", 6L), 3_000_000_000L));
  }
}
