package flowmatching.training;

import flowmatching.checkpoint.Checkpoint;
import flowmatching.model.PolicyFeature;
import flowmatching.policy.PolicyProcessors;
import flowmatching.training.data.Batch;
import flowmatching.training.data.BatchSource;
import flowmatching.training.torch.Compute;
import flowmatching.training.torch.NetworkParameters;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * Times training steps on random samples: noise, forward, backward, gradient norm, fused AdamW. Reading data is not part of it.
 * {@code src/testdata/tools/peer_training.py} does the same in PyTorch.
 */
public final class TrainingBenchmark implements AutoCloseable {
  private final NetworkParameters parameters;
  private final Trainer trainer;
  private final BatchSource source;
  private final Compute compute;

  /**
   * @param checkpoint its weights are where training starts
   * @param batch samples a step
   */
  public TrainingBenchmark(Checkpoint checkpoint, Compute compute, int batch) {
    this.compute = compute;
    this.parameters = new NetworkParameters(checkpoint.config(), checkpoint.weights(), compute);
    TrainerOptions options = new TrainerOptions(0, 1, OptimizerOptions.defaults(), new LearningRateSchedule.Constant(), 0);
    this.trainer = new Trainer(checkpoint.config(), PolicyProcessors.none(), parameters, compute, options);
    this.source = new RandomSamples(checkpoint, batch);
  }

  /** Milliseconds of each of {@code steps} steps, the first of all being a warm-up's. */
  public double[] run(int steps) {
    double[] millis = new double[steps];
    for (int i = 0; i < steps; i++) {
      long start = System.nanoTime();
      trainer.step(source);
      millis[i] = (System.nanoTime() - start) / 1e6;
    }
    return millis;
  }

  /** Device, precision and threads. */
  public String description() {
    return "libtorch on " + compute;
  }

  @Override
  public void close() {
    trainer.close();
    parameters.close();
  }

  /** One batch of random values, again and again; its noise is new each time. */
  private static final class RandomSamples implements BatchSource {
    private final Batch batch;

    RandomSamples(Checkpoint checkpoint, int size) {
      var config = checkpoint.config();
      Random random = new Random(0);
      Map<String, Batch.Pictures> images = new HashMap<>();
      for (PolicyFeature camera : config.cameras()) {
        byte[] pixels = new byte[size * camera.height() * camera.width() * 3];
        random.nextBytes(pixels);
        images.put(camera.key(), new Batch.Pictures(camera.height(), camera.width(), ByteBuffer.allocateDirect(pixels.length).put(pixels)));
      }
      FloatBuffer state = normal(random, size * config.maxStateDim());
      FloatBuffer actions = normal(random, size * config.chunkLength() * config.maxActionDim());
      ByteBuffer isPad = ByteBuffer.allocateDirect(size * config.chunkLength());
      batch = new Batch(size, images, state, actions, isPad, new int[size], new long[size]);
    }

    private static FloatBuffer normal(Random random, int count) {
      FloatBuffer values = ByteBuffer.allocateDirect(4 * count).order(ByteOrder.nativeOrder()).asFloatBuffer();
      for (int i = 0; i < count; i++) {
        values.put(i, (float) random.nextGaussian());
      }
      return values;
    }

    @Override
    public Batch batch(long number) {
      for (int i = 0; i < batch.size(); i++) {
        batch.draws()[i] = number * batch.size() + i;
      }
      return batch;
    }

    @Override
    public void close() {}
  }
}
