package flowmatching.training.torch;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Tensors over Java's direct buffers, without a copy: they are valid for as long as the buffer is. */
public final class HostTensor {
  private HostTensor() {}

  /** float32 values of a direct buffer of native byte order, from its index 0. */
  public static Tensor of(FloatBuffer buffer, long... shape) {
    return view(new FloatPointer(buffer.duplicate().clear()), buffer.capacity(), torch.ScalarType.Float, shape);
  }

  /** uint8 values of a direct buffer, from its index 0. */
  public static Tensor of(ByteBuffer buffer, long... shape) {
    return view(new BytePointer(buffer.duplicate().clear()), buffer.capacity(), torch.ScalarType.Byte, shape);
  }

  private static Tensor view(Pointer pointer, int capacity, torch.ScalarType type, long... shape) {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    if (count > capacity) {
      throw new IllegalArgumentException("shape needs " + count + " values, the buffer has " + capacity);
    }
    return torch.from_blob(pointer, shape, new TensorOptions(type));
  }

  /** A tensor of its own on a device. */
  public static Tensor copy(float[] values, long[] shape, Compute compute) {
    Tensor host = torch.empty(shape);
    new FloatPointer(host.data_ptr()).put(values);
    return compute.move(host);
  }

  /** A copy of a tensor's values as float32, on this side. */
  public static float[] floats(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.numel())];
    Tensor host = tensor.detach().to(torch.ScalarType.Float).cpu().contiguous();
    new FloatPointer(host.data_ptr()).get(values);
    return values;
  }

  /** Sets a tensor's values, wherever it is. */
  public static void set(Tensor tensor, float[] values) {
    NativeScope.runWithoutGradients(() -> {
      Tensor host = torch.empty(tensor.sizes().vec().get());
      new FloatPointer(host.data_ptr()).put(values);
      tensor.copy_(host);
    });
  }
}
