package flowmatching.app.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.dataset.write.DatasetSpec;
import flowmatching.dataset.write.DatasetWriter;
import flowmatching.image.RgbImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FrameWriterTest {
  private static final String CAMERA = "observation.images.top";

  @TempDir Path directory;

  /** Pictures whose encoder does not load. */
  private static final class Unusable extends HashMap<String, RgbImage> {
    private static final long serialVersionUID = 1;

    @Override
    public RgbImage get(Object key) {
      throw new UnsatisfiedLinkError("no encoder on this machine");
    }
  }

  @Test
  void aFrameThatAnErrorKeepsOutSpoilsTheEpisode() throws IOException, InterruptedException {
    DatasetSpec spec = new DatasetSpec(10, "arm", List.of(DatasetSpec.vector("action", List.of("a")), DatasetSpec.image(CAMERA, 4, 4)));
    Map<String, float[]> values = Map.of("action", new float[1]);
    try (DatasetWriter writer = DatasetWriter.open(directory.resolve("set"), spec); FrameWriter frames = new FrameWriter(writer)) {
      frames.add(values, Map.of(CAMERA, new RgbImage(4, 4, new byte[48])));
      frames.add(values, new Unusable());
      String reason = assertThrows(IllegalStateException.class, frames::finish).getMessage();
      assertTrue(reason.contains("no encoder on this machine"), reason);
    }
  }

  /** Pictures that are not encoded before somebody says so. */
  private static final class Held extends HashMap<String, RgbImage> {
    private static final long serialVersionUID = 1;
    private final transient CountDownLatch go = new CountDownLatch(1);

    @Override
    public RgbImage get(Object key) {
      try {
        go.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return super.get(key);
    }
  }

  @Test
  void framesThatWaitTakeNoMoreThanTheirShareOfTheMemory() throws IOException, InterruptedException {
    DatasetSpec spec = new DatasetSpec(10, "arm", List.of(DatasetSpec.vector("action", List.of("a")), DatasetSpec.image(CAMERA, 128, 128)));
    Map<String, float[]> values = Map.of("action", new float[1]);
    Held images = new Held();
    images.put(CAMERA, new RgbImage(128, 128, new byte[128 * 128 * 3]));
    try (DatasetWriter writer = DatasetWriter.open(directory.resolve("set"), spec); FrameWriter frames = new FrameWriter(writer, 4 * 128 * 128 * 3)) {
      for (int i = 0; i < 4; i++) {
        frames.add(values, images);
      }
      String reason = assertThrows(BadInputException.class, () -> frames.add(values, images)).getMessage();
      assertTrue(reason.contains("faster than they can be encoded"), reason);
      images.go.countDown();
      frames.finish();
      frames.add(values, images);
      frames.finish();
      assertEquals(5, writer.frames());
    }
  }
}
