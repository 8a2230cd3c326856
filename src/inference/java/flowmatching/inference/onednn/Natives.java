package flowmatching.inference.onednn;

import static flowmatching.inference.onednn.OneDnn.check;

import java.util.ArrayDeque;
import java.util.Deque;

/** An engine and its stream, with everything native that is made for them; all of it goes when this is closed. */
final class Natives implements AutoCloseable {
  private static final int CPU = 1;

  private final Deque<Runnable> owned = new ArrayDeque<>();
  private final long[] out = new long[1];
  private final long engine;
  private final long stream;

  Natives() {
    check(OneDnn.dnnl_engine_create(out, CPU, 0), "engine");
    engine = out[0];
    owned.push(() -> OneDnn.dnnl_engine_destroy(engine));
    check(OneDnn.dnnl_stream_create(out, engine, 1), "stream");
    stream = out[0];
    owned.push(() -> OneDnn.dnnl_stream_destroy(stream));
  }

  /** For what is needed for a while: with the engine and stream of another, which is closed later. */
  Natives(Natives longer) {
    engine = longer.engine;
    stream = longer.stream;
  }

  long engine() {
    return engine;
  }

  long stream() {
    return stream;
  }

  /** Frees something of the caller's when this is closed, before what was made earlier. */
  void own(Runnable free) {
    owned.push(free);
  }

  /** Where values of a tensor lie, as oneDNN describes it. */
  long descriptor(Tensor tensor) {
    long[] shape = new long[tensor.shape().length];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = tensor.shape()[i];
    }
    check(OneDnn.dnnl_memory_desc_create_with_strides(out, shape.length, shape, tensor.type(), tensor.strides()), "descriptor");
    return ownDescriptor(out[0]);
  }

  /** A matrix whose layout the primitive that takes it may choose. */
  long anyLayout(int type, long rows, long columns) {
    check(OneDnn.dnnl_memory_desc_create_with_tag(out, 2, new long[] {rows, columns}, type, OneDnn.ANY_LAYOUT), "descriptor");
    return ownDescriptor(out[0]);
  }

  private long ownDescriptor(long descriptor) {
    owned.push(() -> OneDnn.dnnl_memory_desc_destroy(descriptor));
    return descriptor;
  }

  /** The memory of a tensor. */
  long memory(Tensor tensor) {
    return memory(descriptor(tensor), tensor.address());
  }

  /** New memory of a described layout. */
  long allocate(long descriptor) {
    return memory(descriptor, OneDnn.ALLOCATE);
  }

  /** A new tensor without gaps; its values are not set. */
  Tensor allocate(int type, int... shape) {
    long memory = allocate(descriptor(Tensor.dense(0, type, shape)));
    check(OneDnn.dnnl_memory_get_data_handle(memory, out), "memory");
    return Tensor.dense(out[0], type, shape);
  }

  /** A new tensor with these values. */
  Tensor constant(float[] values, int... shape) {
    Tensor tensor = allocate(OneDnn.F32, shape);
    tensor.floats().put(0, values);
    return tensor;
  }

  private long memory(long descriptor, long address) {
    check(OneDnn.dnnl_memory_create(out, descriptor, engine, address), "memory");
    long memory = out[0];
    owned.push(() -> OneDnn.dnnl_memory_destroy(memory));
    return memory;
  }

  @Override
  public void close() {
    while (!owned.isEmpty()) {
      owned.pop().run();
    }
  }
}
