package flowmatching.training;

import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyFeature;
import flowmatching.training.data.Batch;
import flowmatching.training.data.BatchSource;
import flowmatching.training.torch.Compute;
import flowmatching.training.torch.HostTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** The inputs of a golden model as a batch: pictures {@code in.KEY.u8} [B, 3, H, W], state and actions not yet padded. */
record GoldenBatch(FlowMatchingConfig config, SafetensorsFile golden) {
  /** The same samples for every batch asked for. */
  BatchSource source() {
    return source(batch());
  }

  private static BatchSource source(Batch batch) {
    return new BatchSource() {
      @Override
      public Batch batch(long number) {
        for (int i = 0; i < batch.size(); i++) {
          batch.draws()[i] = number * batch.size() + i;
        }
        return batch;
      }

      @Override
      public void close() {}
    };
  }

  Batch batch() {
    int size = (int) golden.entry("in.action").shape()[0];
    Map<String, Batch.Pictures> images = new HashMap<>();
    for (PolicyFeature camera : config.cameras()) {
      images.put(camera.key(), pictures("in." + camera.key() + ".u8"));
    }
    FloatBuffer state = padded("in.observation.state", config.stateDim(), config.maxStateDim());
    FloatBuffer actions = padded("in.action", config.actionDim(), config.maxActionDim());
    float[] pad = golden.floats("in.action_is_pad");
    ByteBuffer isPad = ByteBuffer.allocateDirect(pad.length);
    for (int i = 0; i < pad.length; i++) {
      isPad.put(i, (byte) pad[i]);
    }
    return new Batch(size, images, state, actions, isPad, new int[size], new long[size]);
  }

  /** Every sample twice in each batch, the second time as the draw after all of the first. */
  BatchSource twice() {
    Batch once = batch();
    int n = once.size();
    Map<String, Batch.Pictures> images = new HashMap<>();
    once.images().forEach((key, p) -> images.put(key, new Batch.Pictures(p.height(), p.width(), doubled(p.pixels()))));
    Batch batch = new Batch(2 * n, images, doubled(once.state()), doubled(once.actions()), doubled(once.actionIsPad()), new int[2 * n], new long[2 * n]);
    return source(batch);
  }

  private static ByteBuffer doubled(ByteBuffer bytes) {
    return ByteBuffer.allocateDirect(2 * bytes.capacity()).put(bytes.duplicate().clear()).put(bytes.duplicate().clear());
  }

  private static FloatBuffer doubled(FloatBuffer values) {
    return floats(2 * values.capacity()).put(values.duplicate().clear()).put(values.duplicate().clear());
  }

  private static FloatBuffer floats(int count) {
    return ByteBuffer.allocateDirect(4 * count).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  private Batch.Pictures pictures(String name) {
    long[] shape = golden.entry(name).shape();
    float[] planes = golden.floats(name);
    int plane = (int) (shape[2] * shape[3]);
    ByteBuffer pixels = ByteBuffer.allocateDirect(planes.length);
    for (int i = 0; i < planes.length; i++) {
      int sample = i / (3 * plane);
      int channel = i / plane % 3;
      pixels.put((sample * plane + i % plane) * 3 + channel, (byte) (int) planes[i]);
    }
    return new Batch.Pictures((int) shape[2], (int) shape[3], pixels);
  }

  private FloatBuffer padded(String name, int size, int width) {
    float[] values = golden.floats(name);
    FloatBuffer rows = floats(values.length / size * width);
    for (int i = 0; i < values.length; i++) {
      rows.put(i / size * width + i % size, values[i]);
    }
    return rows;
  }

  /** In step k a sample has the noise and time of the sample k places further, as the peers in Python have them. */
  static FlowNoise rolledNoise(Path model) {
    try (SafetensorsFile golden = SafetensorsFile.open(model.resolve("golden.safetensors"))) {
      float[] noise = golden.floats("in.noise");
      float[] time = golden.floats("in.time");
      return (draw, into, offset, count) -> {
        int from = (int) ((draw % time.length + draw / time.length) % time.length);
        System.arraycopy(noise, from * count, into, offset, count);
        return time[from];
      };
    }
  }

  Tensor noise(Compute compute) {
    return HostTensor.copy(golden.floats("in.noise"), golden.entry("in.noise").shape(), compute);
  }

  Tensor time(Compute compute) {
    return HostTensor.copy(golden.floats("in.time"), golden.entry("in.time").shape(), compute);
  }
}
