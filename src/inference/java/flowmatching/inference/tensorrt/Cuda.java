package flowmatching.inference.tensorrt;

import static org.bytedeco.cuda.global.cudart.cudaFree;
import static org.bytedeco.cuda.global.cudart.cudaFreeHost;
import static org.bytedeco.cuda.global.cudart.cudaGetErrorString;
import static org.bytedeco.cuda.global.cudart.cudaMalloc;
import static org.bytedeco.cuda.global.cudart.cudaMallocHost;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyAsync;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyDeviceToDevice;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyDeviceToHost;
import static org.bytedeco.cuda.global.cudart.cudaMemcpyHostToDevice;
import static org.bytedeco.cuda.global.cudart.cudaMemsetAsync;
import static org.bytedeco.cuda.global.cudart.cudaStreamCreateWithFlags;
import static org.bytedeco.cuda.global.cudart.cudaStreamDestroy;
import static org.bytedeco.cuda.global.cudart.cudaStreamNonBlocking;
import static org.bytedeco.cuda.global.cudart.cudaStreamSynchronize;
import static org.bytedeco.cuda.global.cudart.cudaSuccess;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;

/** A stream and the memory that is used on it, freed together. Every call is checked but those that free. */
final class Cuda implements AutoCloseable {
  private final CUstream_st stream = new CUstream_st();
  private final List<BytePointer> device = new ArrayList<>();
  private final List<FloatPointer> host = new ArrayList<>();

  Cuda() {
    check(cudaStreamCreateWithFlags(stream, cudaStreamNonBlocking), "making a stream");
  }

  /** @throws IllegalStateException where a call failed, saying what and why */
  static void check(int status, String doing) {
    if (status != cudaSuccess) {
      throw new IllegalStateException("CUDA failed at " + doing + ": " + message(status));
    }
  }

  static String message(int status) {
    return status == cudaSuccess ? "there is none" : cudaGetErrorString(status).getString();
  }

  CUstream_st stream() {
    return stream;
  }

  /** Memory of the GPU, zeroed. */
  BytePointer device(long bytes) {
    BytePointer memory = new BytePointer();
    check(cudaMalloc(memory, bytes), "taking " + bytes + " bytes of the GPU's memory");
    device.add(memory.capacity(bytes));
    clear(memory, bytes);
    return memory;
  }

  /** Memory of the machine that the GPU reaches without help. */
  FloatPointer host(long floats) {
    FloatPointer memory = new FloatPointer();
    check(cudaMallocHost(memory, 4 * floats), "taking " + 4 * floats + " bytes of pinned memory");
    host.add(memory.capacity(floats));
    return memory;
  }

  /** Gives back before {@link #close} what is not needed any more; after an error of the GPU too, so nothing is thrown. */
  void free(FloatPointer memory) {
    host.remove(memory);
    cudaFreeHost(memory);
  }

  void free(BytePointer memory) {
    device.remove(memory);
    cudaFree(memory);
  }

  void toDevice(BytePointer to, FloatPointer from, long floats) {
    check(cudaMemcpyAsync(to, from, 4 * floats, cudaMemcpyHostToDevice, stream), "copying to the GPU");
  }

  void toDevice(BytePointer to, BytePointer from, long bytes) {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream), "copying to the GPU");
  }

  /** Within the GPU's memory. */
  void copy(BytePointer to, BytePointer from, long bytes) {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream), "copying on the GPU");
  }

  void toHost(FloatPointer to, BytePointer from, long floats) {
    check(cudaMemcpyAsync(to, from, 4 * floats, cudaMemcpyDeviceToHost, stream), "copying from the GPU");
  }

  void clear(BytePointer memory, long bytes) {
    check(cudaMemsetAsync(memory, 0, bytes, stream), "clearing the GPU's memory");
  }

  /** Waits for all that was asked for. */
  void synchronize() {
    check(cudaStreamSynchronize(stream), "running the network");
  }

  /** The second time it does nothing: a stream must not be used after it was destroyed. */
  @Override
  public void close() {
    if (stream.isNull()) {
      return;
    }
    cudaStreamSynchronize(stream);
    device.forEach(memory -> cudaFree(memory));
    host.forEach(memory -> cudaFreeHost(memory));
    device.clear();
    host.clear();
    cudaStreamDestroy(stream);
    stream.setNull();
  }
}
