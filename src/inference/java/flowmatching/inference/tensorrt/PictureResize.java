package flowmatching.inference.tensorrt;

import flowmatching.image.RgbImage;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyFeature;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;

/** Resizes pictures on the GPU, each into its slot of the vision engine's input. */
final class PictureResize {
  private final Engine engine;
  private final Cuda cuda;
  private final Map<String, BytePointer> tensors;
  private final int width;
  private final int height;
  /** One a slot: pictures of several slots are on their way at once. */
  private final BytePointer[] pinned;

  /**
   * @param slots places for pictures
   * @param engine of {@link EngineBuild#RESIZE}
   * @param tensors of all engines, by name
   */
  PictureResize(FlowMatchingConfig config, int slots, Engine engine, Cuda cuda, Map<String, BytePointer> tensors) {
    this.engine = engine;
    this.cuda = cuda;
    this.tensors = tensors;
    this.width = largestWidth(config);
    this.height = largestHeight(config);
    this.pinned = new BytePointer[slots];
    for (int slot = 0; slot < pinned.length; slot++) {
      FloatPointer memory = cuda.host((3L * width * height + Float.BYTES - 1) / Float.BYTES);
      pinned[slot] = new BytePointer(memory).capacity(3L * width * height);
    }
  }

  /** Of what data set's pictures have: a robot's are made that size first. */
  static int largestWidth(FlowMatchingConfig config) {
    return config.cameras().stream().mapToInt(PolicyFeature::width).max().orElse(0);
  }

  static int largestHeight(FlowMatchingConfig config) {
    return config.cameras().stream().mapToInt(PolicyFeature::height).max().orElse(0);
  }

  boolean takes(int pictureWidth, int pictureHeight) {
    return pictureWidth <= width && pictureHeight <= height;
  }

  /**
   * Asks for a picture to be resized.
   *
   * @param slot whose last picture is not on its way any more
   * @param into the slot's part of the vision engine's input, {@code bytes} of it
   */
  void enqueue(int slot, RgbImage picture, BytePointer into, long bytes) {
    int length = picture.pixels().length;
    pinned[slot].put(picture.pixels(), 0, length);
    cuda.toDevice(tensors.get("picture"), pinned[slot], length);
    engine.shape("picture", 1, picture.height(), picture.width(), 3);
    engine.enqueue();
    cuda.copy(into, tensors.get("resized"), bytes); // an engine's own output is where TensorRT wants it, a slot need not be
  }
}
