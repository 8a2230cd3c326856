package flowmatching.inference.tensorrt;

import java.nio.ByteBuffer;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.tensorrt.global.nvinfer.OptProfileSelector;
import org.bytedeco.tensorrt.global.nvinfer.TensorIOMode;
import org.bytedeco.tensorrt.nvinfer.Dims64;
import org.bytedeco.tensorrt.nvinfer.ICudaEngine;
import org.bytedeco.tensorrt.nvinfer.IExecutionContext;
import org.bytedeco.tensorrt.nvinfer.IRuntime;

/** One engine, ready to be enqueued. Tensors of the same name are the same memory in all engines: one's output is the next's input. */
final class Engine implements AutoCloseable {
  private final String name;
  private final Cuda cuda;
  private final ICudaEngine engine;
  private final IExecutionContext context;

  /** @param tensors memory by name; gets what this engine has and the others have not */
  Engine(String name, IRuntime runtime, ByteBuffer serialized, Cuda cuda, Map<String, BytePointer> tensors) {
    this.name = name;
    this.cuda = cuda;
    try (BytePointer bytes = new BytePointer(serialized)) {
      engine = EngineBuild.required(
          runtime.deserializeCudaEngine(bytes, serialized.remaining()), "TensorRT does not read its engine " + name);
    }
    try {
      context = EngineBuild.required(engine.createExecutionContext(), "the GPU's memory does not suffice for the engine " + name);
    } catch (IllegalStateException e) {
      Destructor.delete(engine);
      throw e;
    }
    try {
      for (int i = 0; i < engine.getNbIOTensors(); i++) {
        takeLargest(engine.getIOTensorName(i));
      }
      for (int i = 0; i < engine.getNbIOTensors(); i++) {
        String tensor = engine.getIOTensorName(i);
        bind(tensor, tensors.computeIfAbsent(tensor, t -> cuda.device(bytes(t))));
      }
    } catch (RuntimeException e) {
      close(); // nobody else can, and the runtime must not be deleted before its engines (IRuntime::deserializeCudaEngine)
      throw e;
    }
  }

  /** Of an input whose size a run may choose: the largest that it may, by which memory is taken. */
  private void takeLargest(String tensor) {
    Dims64 shape = engine.getTensorShape(tensor);
    boolean open = false;
    for (int i = 0; i < shape.nbDims(); i++) {
      open |= shape.d(i) < 0;
    }
    if (open && engine.getTensorIOMode(tensor).intern() == TensorIOMode.kINPUT) {
      shape(tensor, engine.getProfileShape(tensor, 0, OptProfileSelector.kMAX));
    }
  }

  private long bytes(String tensor) {
    long bytes = switch (engine.getTensorDataType(tensor).intern()) {
      case kFLOAT -> Float.BYTES;
      case kUINT8 -> Byte.BYTES;
      default -> Short.BYTES;
    };
    Dims64 shape = context.getTensorShape(tensor);
    for (int i = 0; i < shape.nbDims(); i++) {
      bytes *= shape.d(i);
    }
    return bytes;
  }

  /** Where a tensor is from the next {@link #enqueue} on; 256 bytes aligned. */
  void bind(String tensor, BytePointer memory) {
    if (!context.setTensorAddress(tensor, memory)) {
      throw new IllegalStateException("TensorRT refused the memory of " + name + "'s tensor " + tensor);
    }
  }

  /** The size of an input from the next {@link #enqueue} on, within what the engine was built for. */
  void shape(String tensor, long... sizes) {
    try (Dims64 shape = dims(sizes)) {
      shape(tensor, shape);
    }
  }

  private void shape(String tensor, Dims64 shape) {
    if (!context.setInputShape(tensor, shape)) {
      throw new IllegalStateException("TensorRT refused the size of " + name + "'s tensor " + tensor);
    }
  }

  static Dims64 dims(long... sizes) {
    Dims64 shape = new Dims64().nbDims(sizes.length);
    for (int i = 0; i < sizes.length; i++) {
      shape.d(i, sizes[i]);
    }
    return shape;
  }

  void enqueue() {
    if (!context.enqueueV3(cuda.stream())) {
      throw new IllegalStateException("TensorRT did not run the engine " + name + TensorRt.because());
    }
  }

  @Override
  public void close() {
    Destructor.delete(context);
    Destructor.delete(engine);
  }
}
