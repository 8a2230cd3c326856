package flowmatching.training.data;

import flowmatching.model.FlowMatchingConfig;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;

/** Native memory for one batch, filled again and again. */
final class BatchSlot implements AutoCloseable {
  private final FloatPointer state;
  private final FloatPointer actions;
  private final BytePointer pads;
  private final Map<String, BytePointer> pixels = new LinkedHashMap<>();
  private final Batch batch;

  /** @param sizes height and width by the policy's key of each camera that the data has */
  BatchSlot(FlowMatchingConfig config, int size, Map<String, int[]> sizes) {
    long steps = (long) size * config.chunkLength();
    state = new FloatPointer((long) size * config.maxStateDim());
    actions = new FloatPointer(steps * config.maxActionDim());
    pads = new BytePointer(steps);
    Map<String, Batch.Pictures> pictures = new LinkedHashMap<>();
    sizes.forEach((key, shape) -> {
      BytePointer bytes = new BytePointer(3L * size * shape[0] * shape[1]);
      pixels.put(key, bytes);
      pictures.put(key, new Batch.Pictures(shape[0], shape[1], bytes.asByteBuffer()));
    });
    batch = new Batch(size, pictures, state.asBuffer(), actions.asBuffer(), pads.asByteBuffer(), new int[size], new long[size]);
    zero(batch.state());
    zero(batch.actions());
  }

  /** Padding stays zero from here on. */
  private static void zero(FloatBuffer values) {
    for (int i = 0; i < values.capacity(); i++) {
      values.put(i, 0);
    }
  }

  Batch batch() {
    return batch;
  }

  /** Where a camera's picture of a sample goes. */
  ByteBuffer picture(String key, int sample) {
    Batch.Pictures pictures = batch.images().get(key);
    int bytes = 3 * pictures.height() * pictures.width();
    return pictures.pixels().slice(sample * bytes, bytes);
  }

  @Override
  public void close() {
    state.close();
    actions.close();
    pads.close();
    pixels.values().forEach(BytePointer::close);
  }
}
