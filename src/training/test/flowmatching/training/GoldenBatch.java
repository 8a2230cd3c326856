package flowmatching.training;

import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyFeature;
import flowmatching.training.data.Batch;
import flowmatching.training.torch.Compute;
import flowmatching.training.torch.HostTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** The inputs of a golden model as a batch: pictures {@code in.KEY.u8} [B, 3, H, W], state and actions not yet padded. */
record GoldenBatch(FlowMatchingConfig config, SafetensorsFile golden) {
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
    FloatBuffer rows = ByteBuffer.allocateDirect(4 * values.length / size * width).order(ByteOrder.nativeOrder()).asFloatBuffer();
    for (int i = 0; i < values.length; i++) {
      rows.put(i / size * width + i % size, values[i]);
    }
    return rows;
  }

  Tensor noise(Compute compute) {
    return HostTensor.copy(golden.floats("in.noise"), golden.entry("in.noise").shape(), compute);
  }

  Tensor time(Compute compute) {
    return HostTensor.copy(golden.floats("in.time"), golden.entry("in.time").shape(), compute);
  }
}
