package flowmatching.inference.onednn;

import com.sun.jna.Pointer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Values in native memory.
 *
 * @param address of the first value
 * @param type {@link OneDnn#F32}, {@link OneDnn#BF16}, {@link OneDnn#S8} or {@link OneDnn#U8}
 * @param shape sizes by dimension
 * @param strides values from one to the next, by dimension
 */
record Tensor(long address, int type, int[] shape, long[] strides) {
  /** Values without gaps, the last dimension's next to each other. */
  static Tensor dense(long address, int type, int... shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= shape[i];
    }
    return new Tensor(address, type, shape, strides);
  }

  /** Bytes of one value. */
  static int size(int type) {
    return type == OneDnn.F32 ? 4 : type == OneDnn.BF16 ? 2 : 1;
  }

  boolean isDense() {
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      if (shape[i] > 1 && strides[i] != stride) {
        return false;
      }
      stride *= shape[i];
    }
    return true;
  }

  /** The same values in another shape; they must be dense. */
  Tensor reshape(int... to) {
    return dense(address, type, to);
  }

  Tensor slice(int axis, int from, int length) {
    int[] part = shape.clone();
    part[axis] = length;
    return new Tensor(address + from * strides[axis] * size(type), type, part, strides);
  }

  /** Other sizes and strides over the same memory. */
  Tensor as(int[] newShape, long... newStrides) {
    return new Tensor(address, type, newShape, newStrides);
  }

  /** With dimensions of size 1 before its own. */
  Tensor rank(int dimensions) {
    int more = dimensions - shape.length;
    int[] sizes = new int[dimensions];
    long[] steps = new long[dimensions];
    Arrays.fill(sizes, 0, more, 1);
    Arrays.fill(steps, 0, more, shape[0] * strides[0]);
    System.arraycopy(shape, 0, sizes, more, shape.length);
    System.arraycopy(strides, 0, steps, more, shape.length);
    return new Tensor(address, type, sizes, steps);
  }

  /** The memory as Java sees it; float32 and dense only. Valid for as long as the memory is. */
  FloatBuffer floats() {
    return new Pointer(address).getByteBuffer(0, 4L * Node.count(shape)).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }
}
