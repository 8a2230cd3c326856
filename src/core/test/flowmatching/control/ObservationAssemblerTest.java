package flowmatching.control;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.image.RgbImage;
import flowmatching.policy.PolicySpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ObservationAssemblerTest {
  private static final long MS = 1_000_000;
  private static final String FRONT = "observation.images.front";
  private static final String WRIST = "observation.images.wrist";
  private static final RgbImage IMAGE = new RgbImage(1, 1, new byte[3]);

  private final ManualClock clock = new ManualClock();
  private final Counters counters = new Counters();
  private final AtomicInteger arrivals = new AtomicInteger();

  private ObservationAssembler assembler(int missingCameras) {
    return assembler(missingCameras, false);
  }

  private ObservationAssembler assembler(int missingCameras, boolean simulatedTime) {
    PolicySpec spec = new PolicySpec(
        List.of(FakePolicy.camera(FRONT), FakePolicy.camera(WRIST)), missingCameras, 2, 1, 8, OptionalDouble.of(10));
    ControllerConfig config = ControllerConfig
        .builder(List.of(new ActionDimension("joint", ActionKind.ABSOLUTE, 0, JointLimits.NONE)))
        .maxAges(Map.of(WRIST, Duration.ofMillis(200)))
        .useSimTime(simulatedTime)
        .build();
    return new ObservationAssembler(spec, config, clock, counters, arrivals::incrementAndGet);
  }

  private String lost(ObservationAssembler assembler) {
    ControllerStatus lost = assembler.lost(clock.now());
    assertEquals(lost == null, assembler.assemble(clock.now()) != null, "both say the same");
    return lost == null ? "" : lost.reason();
  }

  @Test
  void namesTheStreamThatIsMissing() {
    ObservationAssembler assembler = assembler(0);
    assertEquals("waiting for the first sample of " + FRONT, lost(assembler));
    assembler.offerImage(FRONT, IMAGE, clock.now());
    assertEquals("waiting for the first sample of " + WRIST, lost(assembler));
    assembler.offerImage(WRIST, IMAGE, clock.now());
    assertEquals("waiting for the first sample of observation.state", lost(assembler));
    assembler.offerState(new float[] {1, 2}, clock.now());
    assertEquals("", lost(assembler));
    assertEquals(3, arrivals.get());
  }

  @Test
  void eachStreamHasItsOwnAge() {
    ObservationAssembler assembler = assembler(0);
    offerAll(assembler, clock.now());
    clock.advance(200 * MS);
    assertEquals("", lost(assembler));
    clock.advance(1);
    assertEquals("no sample of " + WRIST + " for more than 0.2 s", lost(assembler));
    assembler.offerImage(WRIST, IMAGE, clock.now());
    assertEquals("", lost(assembler), "and it recovers");
  }

  @Test
  void aCameraThatStampsInThePastIsToldFromASilentOne() {
    ObservationAssembler assembler = assembler(0);
    offerAll(assembler, clock.now());
    assembler.offerImage(FRONT, IMAGE, clock.now() - 2000 * MS);
    assertTrue(lost(assembler).contains("is its clock right?"));
  }

  @Test
  void aStampFromTheFutureDoesNotKeepAPictureFresh() {
    ObservationAssembler assembler = assembler(0);
    offerAll(assembler, clock.now());
    assembler.offerImage(FRONT, IMAGE, clock.now() + 10_000 * MS);
    assertEquals(1, counters.snapshot().get("stream." + FRONT + ".stamp_from_future"));
    assertTrue(assembler.assemble(clock.now()).stamp() <= clock.now());
    clock.advance(190 * MS);
    assembler.offerImage(WRIST, IMAGE, clock.now());
    clock.advance(190 * MS);
    assembler.offerImage(WRIST, IMAGE, clock.now());
    assembler.offerState(new float[2], clock.now());
    clock.advance(190 * MS);
    assertEquals("no sample of " + FRONT + " for more than 0.5 s", lost(assembler));
  }

  @Test
  void aSimulatorMayStampAStepThatItsClockSaysLater() {
    ObservationAssembler assembler = assembler(0, true);
    offerAll(assembler, clock.now() + 50 * MS);
    clock.advance(50 * MS);
    assertEquals(clock.now(), assembler.assemble(clock.now()).oldest(), "and is new when the clock has said it");
    assembler.offerImage(FRONT, IMAGE, clock.now() + 1000 * MS);
    assertEquals(0, counters.snapshot().get("stream." + FRONT + ".stamp_from_future"));
    assembler.offerImage(FRONT, IMAGE, clock.now() + 1001 * MS);
    assertEquals(1, counters.snapshot().get("stream." + FRONT + ".stamp_from_future"));
  }

  @Test
  void aStampOfZeroMeansTheArrival() {
    ObservationAssembler assembler = assembler(0);
    offerAll(assembler, 0);
    assertEquals(clock.now(), assembler.assemble(clock.now()).stamp());
  }

  @Test
  void theObservationIsOfTheNewestSample() {
    ObservationAssembler assembler = assembler(0);
    offerAll(assembler, clock.now() - 30 * MS);
    assembler.offerState(new float[] {1, 2}, clock.now() - 5 * MS);
    TimedObservation observation = assembler.assemble(clock.now());
    assertEquals(clock.now() - 5 * MS, observation.stamp());
    assertEquals(clock.now() - 30 * MS, observation.oldest());
    assertEquals(Set.of(FRONT, WRIST), observation.observation().images().keySet());
    assertArrayEquals(new float[] {1, 2}, observation.observation().state());
  }

  @Test
  void aCameraThatMayBeMissingIsLeftOut() {
    ObservationAssembler assembler = assembler(1);
    assembler.offerImage(WRIST, IMAGE, clock.now());
    assembler.offerState(new float[2], clock.now());
    assertEquals(Set.of(WRIST), assembler.assemble(clock.now()).observation().images().keySet());
    clock.advance(300 * MS);
    assertFalse(lost(assembler).isEmpty(), "two are too many");
  }

  @Test
  void unusableSamplesAreDroppedAndCountedByReason() {
    ObservationAssembler assembler = assembler(0);
    assembler.offerState(new float[3], clock.now());
    assembler.offerState(new float[] {0, Float.NaN}, clock.now());
    assembler.offerState(new float[] {Float.NEGATIVE_INFINITY, 0}, clock.now());
    assembler.offerImage("observation.images.other", IMAGE, clock.now());
    assembler.offerImage(ObservationAssembler.STATE, IMAGE, clock.now());
    assertNull(assembler.state());
    assertEquals(1, counters.snapshot().get("stream.observation.state.wrong_length"));
    assertEquals(2, counters.snapshot().get("stream.observation.state.not_finite"));
    assertEquals(2, counters.snapshot().get("stream.unknown"));
    assertEquals(0, arrivals.get());
  }

  @Test
  void aStateIsCopied() {
    ObservationAssembler assembler = assembler(0);
    float[] state = {1, 2};
    assembler.offerState(state, clock.now());
    state[0] = Float.NaN;
    assertArrayEquals(new float[] {1, 2}, assembler.state());
  }

  @Test
  void afterAJumpBackOnlySamplesOfTheNewTimeRemain() {
    ObservationAssembler assembler = assembler(0);
    offerAll(assembler, clock.now());
    assembler.offerImage(FRONT, IMAGE, clock.now() - 5000 * MS); // came before its clock
    clock.jump(-5000 * MS);
    assembler.forgetAfter(clock.now());
    assertEquals("waiting for the first sample of " + WRIST, lost(assembler));
    offerAll(assembler, clock.now());
    assertNotNull(assembler.assemble(clock.now()));
  }

  private void offerAll(ObservationAssembler assembler, long stamp) {
    assembler.offerImage(FRONT, IMAGE, stamp);
    assembler.offerImage(WRIST, IMAGE, stamp);
    assembler.offerState(new float[2], stamp);
  }
}
