package flowmatching.inference.onednn;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;

/** Memory for values on their way: given back where nothing reads them any more, and used again. */
final class Arena {
  private final Natives natives;
  private final TreeMap<Integer, Deque<Long>> free = new TreeMap<>();
  private final Map<Long, Integer> sizes = new TreeMap<>();

  Arena(Natives natives) {
    this.natives = natives;
  }

  Tensor allocate(int type, int... shape) {
    int bytes = bytes(type, shape);
    Map.Entry<Integer, Deque<Long>> fitting = free.ceilingEntry(bytes);
    long address;
    if (fitting == null || fitting.getKey() > 2 * bytes) {
      address = natives.allocate(OneDnn.S8, bytes).address();
      sizes.put(address, bytes);
    } else {
      address = fitting.getValue().pop();
      if (fitting.getValue().isEmpty()) {
        free.remove(fitting.getKey());
      }
    }
    return Tensor.dense(address, type, shape);
  }

  private static int bytes(int type, int[] shape) {
    long bytes = Tensor.size(type);
    for (int size : shape) {
      bytes *= size;
      if (bytes > Integer.MAX_VALUE) {
        throw new IllegalStateException("expected values of less than 2 GiB, found a shape of " + Arrays.toString(shape));
      }
    }
    return (int) bytes;
  }

  void release(Tensor tensor) {
    free.computeIfAbsent(sizes.get(tensor.address()), size -> new ArrayDeque<>()).push(tensor.address());
  }
}
