package flowmatching.inference.onednn;

import java.util.ArrayDeque;
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
    int bytes = Node.count(shape) * Tensor.size(type);
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

  void release(Tensor tensor) {
    free.computeIfAbsent(sizes.get(tensor.address()), size -> new ArrayDeque<>()).push(tensor.address());
  }
}
