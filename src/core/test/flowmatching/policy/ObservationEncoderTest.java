package flowmatching.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.NormalizationMode;
import flowmatching.model.VisionBackbone;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Three cameras, of which two may be missing; each shows one grey of its own. */
class ObservationEncoderTest {
  private static final int PIXELS = 3 * 8 * 8;
  private static final String LEFT = "observation.images.left";
  private static final String RIGHT = "observation.images.right";
  private static final String WRIST = "observation.images.wrist";
  private static final float[] STATE = {1, -2};

  private static FlowMatchingConfig config(String slots) {
    return FlowMatchingConfig.builder().camera(LEFT, 10, 12).camera(RIGHT, 10, 12).camera(WRIST, 10, 12).state(2).action(2, 10)
        .vision(new VisionBackbone(8, 1, 1, 4, 4), 8, 8).set("hidden_dim", 4).set("num_heads", 1).set("max_state_dim", 5)
        .set("empty_cameras", 2).set("camera_slots", slots).build();
  }

  private static RgbImage grey(int value) {
    byte[] pixels = new byte[3 * 12 * 10];
    Arrays.fill(pixels, (byte) value);
    return new RgbImage(12, 10, pixels);
  }

  private static Observation observation(String... cameras) {
    Map<String, RgbImage> images = new HashMap<>();
    for (String camera : cameras) {
      images.put(camera, grey(camera.equals(LEFT) ? 51 : camera.equals(RIGHT) ? 102 : 153));
    }
    return new Observation(images, STATE);
  }

  /** What a slot shows: the grey level of all its values. */
  private static float shown(BufferSession session, int slot) {
    float first = session.images().get(slot * PIXELS);
    for (int i = 0; i < PIXELS; i++) {
      assertEquals(first, session.images().get(slot * PIXELS + i), 1e-6f, "slot " + slot + " value " + i);
    }
    return first;
  }

  @Test
  void shiftMovesLaterCamerasUpAndFixedLeavesThem() {
    BufferSession session = new BufferSession(config("shift"));
    ObservationEncoder shift = new ObservationEncoder(config("shift"), PolicyProcessors.none(), session);
    shift.encode(observation(LEFT, WRIST));
    assertArrayEquals(new boolean[] {true, true, false}, session.present);
    assertEquals(0.2f, shown(session, 0), 1e-6f);
    assertEquals(0.6f, shown(session, 1), 1e-6f);

    session = new BufferSession(config("fixed"));
    ObservationEncoder fixed = new ObservationEncoder(config("fixed"), PolicyProcessors.none(), session);
    fixed.encode(observation(LEFT, WRIST));
    assertArrayEquals(new boolean[] {true, false, true}, session.present);
    assertEquals(0.2f, shown(session, 0), 1e-6f);
    assertEquals(0.6f, shown(session, 2), 1e-6f);
    assertEquals(1, session.statesEncoded);
  }

  @Test
  void aCameraThatComesBackIsSeenAgainAndOneThatGoesIsNot() {
    for (String slots : new String[] {"shift", "fixed"}) {
      BufferSession session = new BufferSession(config(slots));
      ObservationEncoder encoder = new ObservationEncoder(config(slots), PolicyProcessors.none(), session);
      encoder.encode(observation(WRIST));
      encoder.encode(observation(LEFT, RIGHT, WRIST));
      assertArrayEquals(new boolean[] {true, true, true}, session.present, slots);
      assertEquals(0.2f, shown(session, 0), 1e-6f, slots);
      assertEquals(0.4f, shown(session, 1), 1e-6f, slots);
      assertEquals(0.6f, shown(session, 2), 1e-6f, slots);
      encoder.encode(observation(LEFT, RIGHT));
      assertArrayEquals(new boolean[] {true, true, false}, session.present, slots);
    }
  }

  @Test
  void withoutAnyCameraNothingIsPredictedHoweverManyMayBeMissing() {
    ObservationEncoder encoder = new ObservationEncoder(config("fixed"), PolicyProcessors.none(), new BufferSession(config("fixed")));
    String message = assertThrows(BadInputException.class, () -> encoder.encode(observation())).getMessage();
    assertTrue(message.contains(LEFT) && message.contains(RIGHT) && message.contains(WRIST), message);
  }

  @Test
  void aCameraThatThePolicyDoesNotKnowIsLeftOutAndDoesNotStandInForOne() {
    BufferSession session = new BufferSession(config("fixed"));
    ObservationEncoder encoder = new ObservationEncoder(config("fixed"), PolicyProcessors.none(), session);
    encoder.encode(observation(LEFT, "observation.images.ceiling"));
    assertArrayEquals(new boolean[] {true, false, false}, session.present);
    assertThrows(BadInputException.class, () -> encoder.encode(observation("observation.images.ceiling")));
  }

  @Test
  void theStateIsNormalisedThenPaddedWithZeros() {
    BufferSession session = new BufferSession(config("fixed"));
    for (int i = 0; i < 5; i++) {
      session.state().put(i, 9);
    }
    Normalizer scale = Normalizer.of("s", NormalizationMode.MIN_MAX, Map.of("min", new float[] {0, -4}, "max", new float[] {4, 0}), 2);
    PolicyProcessors processors = new PolicyProcessors(Map.of(), Map.of("observation.state", scale), Normalizer.identity());
    new ObservationEncoder(config("fixed"), processors, session).encode(observation(LEFT));
    assertArrayEquals(new float[] {-0.5f, 0, 0, 0, 0}, session.state().array());
  }

  @Test
  void picturesAreNormalisedChannelByChannel() {
    BufferSession session = new BufferSession(config("fixed"));
    Map<String, float[]> statistics = Map.of("mean", new float[] {0, 0.2f, 0.1f}, "std", new float[] {1, 1, 0.5f});
    Normalizer scale = Normalizer.of(LEFT, NormalizationMode.MEAN_STD, statistics, 3);
    PolicyProcessors processors = new PolicyProcessors(Map.of(), Map.of(LEFT, scale), Normalizer.identity());
    new ObservationEncoder(config("fixed"), processors, session).encode(observation(LEFT, RIGHT));
    for (int i = 0; i < 64; i++) {
      assertEquals(0.2f, session.images().get(i), 1e-6f);
      assertEquals(0, session.images().get(64 + i), 1e-6f);
      assertEquals(0.2f, session.images().get(128 + i), 1e-6f);
    }
    assertEquals(0.4f, shown(session, 1), 1e-6f, "the other camera has no statistics");
  }

  @Test
  void picturesThatTheSessionResizesAreLeftToItInTheirSlots() {
    BufferSession session = new BufferSession(config("shift"));
    session.resizedWidth = 12;
    ObservationEncoder encoder = new ObservationEncoder(config("shift"), PolicyProcessors.none(), session);
    Observation seen = observation(LEFT, WRIST);
    encoder.encode(seen);
    assertArrayEquals(new RgbImage[] {seen.images().get(LEFT), seen.images().get(WRIST), null}, session.unresized);
    assertArrayEquals(new boolean[] {true, true, false}, session.present);
    assertEquals(0, shown(session, 0), "it was not resized twice");

    encoder.encode(observation(RIGHT));
    assertEquals(102, session.unresized[0].at(0, 0, 0));
    assertArrayEquals(new RgbImage[2], Arrays.copyOfRange(session.unresized, 1, 3), "nothing is left of the observation before");

    session.resizedWidth = 11;
    encoder.encode(seen);
    assertArrayEquals(new RgbImage[3], session.unresized, "too large for it");
    assertEquals(0.2f, shown(session, 0), 1e-6f);
    assertEquals(0.6f, shown(session, 1), 1e-6f);
  }

  @Test
  void picturesThatAreNormalisedByStatisticsAreNotLeftToTheSession() {
    BufferSession session = new BufferSession(config("fixed"));
    session.resizedWidth = 12;
    Map<String, float[]> statistics = Map.of("mean", new float[] {0.1f, 0.1f, 0.1f}, "std", new float[] {1, 1, 1});
    Normalizer scale = Normalizer.of(LEFT, NormalizationMode.MEAN_STD, statistics, 3);
    PolicyProcessors processors = new PolicyProcessors(Map.of(), Map.of(LEFT, scale), Normalizer.identity());
    new ObservationEncoder(config("fixed"), processors, session).encode(observation(LEFT, RIGHT));
    assertEquals(0.1f, shown(session, 0), 1e-6f);
    assertEquals(null, session.unresized[0]);
    assertEquals(102, session.unresized[1].at(0, 0, 0), "the other camera has no statistics");
  }

  @Test
  void camerasAreRenamedBeforeTheyAreLookedUp() {
    BufferSession session = new BufferSession(config("fixed"));
    PolicyProcessors processors = new PolicyProcessors(Map.of("cam0", RIGHT, LEFT, WRIST), Map.of(), Normalizer.identity());
    ObservationEncoder encoder = new ObservationEncoder(config("fixed"), processors, session);
    encoder.encode(observation("cam0", LEFT));
    assertArrayEquals(new boolean[] {false, true, true}, session.present);
    assertEquals(0.6f, shown(session, 1), 1e-6f, "cam0");
    assertEquals(0.2f, shown(session, 2), 1e-6f, "what was left");
    String message = assertThrows(BadInputException.class, () -> encoder.encode(observation(LEFT, WRIST))).getMessage();
    assertTrue(message.contains("'" + WRIST + "' comes twice"), message);
  }

  @Test
  void aStateThatCannotBeUsedIsRefusedWithItsPlace() {
    ObservationEncoder encoder = new ObservationEncoder(config("fixed"), PolicyProcessors.none(), new BufferSession(config("fixed")));
    Map<String, RgbImage> images = observation(LEFT).images();
    assertRefused(encoder, new Observation(images, new float[3]), "observation.state: expected 2 values, found 3");
    assertRefused(encoder, new Observation(images, new float[0]), "observation.state: expected 2 values, found 0");
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      assertRefused(encoder, new Observation(images, new float[] {0, bad}), "observation.state[1]: expected a finite value, found " + bad);
    }
  }

  private static void assertRefused(ObservationEncoder encoder, Observation observation, String expected) {
    String message = assertThrows(BadInputException.class, () -> encoder.encode(observation)).getMessage();
    assertTrue(message.contains(expected), message);
  }
}
