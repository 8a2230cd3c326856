package flowmatching.dataset.write;

import flowmatching.image.RgbImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Recordings whose every number is known: noise, with the picture's colours moving from frame to frame. */
final class TestRecording {
  static final int FPS = 10;
  static final String STATE = "observation.state";
  static final String CAMERA = "observation.images.top";

  private TestRecording() {}

  static DatasetSpec spec(boolean video) {
    return new DatasetSpec(FPS, "test_arm", List.of(
        DatasetSpec.vector(STATE, List.of("shoulder", "elbow", "still")), DatasetSpec.vector("action", List.of("shoulder")),
        video ? DatasetSpec.video(CAMERA, 64, 48) : DatasetSpec.image(CAMERA, 64, 48)));
  }

  /** The state of a frame; the third entry never changes. */
  static float[] state(int episode, int frame) {
    Random random = new Random(1000L * episode + frame);
    return new float[] {(float) random.nextGaussian(), 5 + (float) random.nextGaussian() / 100, 0.25f};
  }

  static float[] action(int episode, int frame) {
    return new float[] {state(episode, frame)[0] / 2};
  }

  static RgbImage picture(int episode, int frame) {
    byte[] pixels = new byte[64 * 48 * 3];
    for (int i = 0; i < pixels.length; i++) {
      int x = i / 3 % 64;
      pixels[i] = (byte) (i % 3 == 0 ? 4 * x : i % 3 == 1 ? 30 * episode : 10 * frame);
    }
    return new RgbImage(64, 48, pixels);
  }

  static void addFrame(DatasetWriter writer, int episode, int frame) {
    writer.addFrame(Map.of(STATE, state(episode, frame), "action", action(episode, frame)), Map.of(CAMERA, picture(episode, frame)));
  }

  static String task(int episode) {
    return episode % 2 == 0 ? "reach the 'red' dot" : "push \"it\" \u00e0 gauche";
  }

  /** How long an episode is. */
  static int length(int episode) {
    return 3 + 2 * episode;
  }

  static void record(Path root, boolean video, int first, int episodes) throws IOException {
    try (DatasetWriter writer = DatasetWriter.open(root, spec(video))) {
      for (int episode = first; episode < first + episodes; episode++) {
        for (int frame = 0; frame < length(episode); frame++) {
          addFrame(writer, episode, frame);
        }
        writer.saveEpisode(task(episode));
      }
    }
  }
}
