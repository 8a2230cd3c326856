package flowmatching.app.bench;

import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.checkpoint.SafetensorsWriter;
import flowmatching.model.FlowMatchingConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/**
 * What every contestant computes a chunk of: random values, as the network takes them.
 *
 * @param images [C, 3, H, W], 0 to 1
 * @param state [max_state_dim], normal, zero beyond the state's own size
 * @param noise [T, A], normal
 */
record Inputs(float[] images, float[] state, float[] noise) {

  static void write(FlowMatchingConfig config, Path file) throws IOException {
    Random random = new Random(0);
    int cameras = config.cameras().size();
    float[] images = new float[cameras * 3 * config.imageHeight() * config.imageWidth()];
    for (int i = 0; i < images.length; i++) {
      images[i] = random.nextInt(256) / 255f;
    }
    float[] state = new float[config.maxStateDim()];
    for (int i = 0; i < config.stateDim(); i++) {
      state[i] = (float) random.nextGaussian();
    }
    float[] noise = new float[config.chunkLength() * config.maxActionDim()];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (float) random.nextGaussian();
    }
    new SafetensorsWriter()
        .addFloats("images", new long[] {cameras, 3, config.imageHeight(), config.imageWidth()}, () -> images)
        .addFloats("state", new long[] {state.length}, () -> state)
        .addFloats("noise", new long[] {config.chunkLength(), config.maxActionDim()}, () -> noise)
        .write(file);
  }

  static Inputs read(Path file) {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return new Inputs(tensors.floats("images"), tensors.floats("state"), tensors.floats("noise"));
    }
  }
}
