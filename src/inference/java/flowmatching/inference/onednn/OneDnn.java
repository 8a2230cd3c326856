package flowmatching.inference.onednn;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import flowmatching.runtime.RuntimeProvider.Availability;
import java.io.File;
import java.io.IOException;
import org.bytedeco.javacpp.Loader;

/**
 * The part of oneDNN's C interface (dnnl.h, version 3) that the runtime uses. Handles and addresses are {@code long}.
 *
 * <p>JNA binds it: JavaCPP's own binding wants OpenCL's, which is not published for this version. Its archive brings the library.
 */
final class OneDnn {
  static final int F32 = 3;
  static final int BF16 = 2;
  static final int S8 = 5;
  static final int U8 = 6;
  static final int ANY_LAYOUT = 1;
  static final int INFERENCE = 96;

  static final int RELU = 32;
  static final int GELU_ERF = 49;
  static final int SWISH = 44;
  static final int LINEAR = 38;
  static final int ADD = 131056;
  static final int MULTIPLY = 131057;
  static final int MAXIMUM = 196594;
  static final int MINIMUM = 196595;
  static final int SUM = 196596;
  static final int SOFTMAX = 196608;
  static final int SCALE_AND_SHIFT = 2 | 4;
  static final int WEIGHTS_LAYOUT = 131;

  static final int SOURCE = 1;
  static final int SOURCE_1 = 2;
  static final int DESTINATION = 17;
  static final int WEIGHTS = 33;
  static final int BIAS = 41;
  static final int SCALE = 51;
  static final int SHIFT = 52;
  /** With an argument: its scales. */
  static final int SCALES_OF = 4096;
  /** Times (1 + place in the chain), with {@link #SOURCE_1}: the other operand of a fused operation. */
  static final int FUSED = 32768;

  /** A memory that oneDNN allocates itself. */
  static final long ALLOCATE = -1;

  private static final String PLATFORM = "linux-x86_64";
  /** The bits of dnnl_cpu_isa_avx512_core_vnni and dnnl_cpu_isa_avx2_vnni. Without VNNI sums of two products of 8 bits are cut off at 16 bits. */
  private static final int AVX512_VNNI = 0x67;
  private static final int AVX2_VNNI = 0xf;
  /** The bits of dnnl_cpu_isa_avx512_core_bf16. */
  private static final int AVX512_BF16 = 0xe7;

  /**
   * How often a thread looks for work before it sleeps, some microseconds. A chunk has over a thousand primitives of 10 to 1000
   * microseconds; asleep between two, a thread takes longer to wake than to do its share. One that looks for longer keeps other
   * processes from the core, and these then keep it from its next share: docs/design.md has the figures.
   */
  private static final String SPINS = "1000";

  private static Availability loaded;

  private OneDnn() {}

  /** Loads the library, once, and says whether it and the processor will do. */
  static synchronized Availability load() {
    if (loaded == null) {
      loaded = bind();
    }
    return loaded;
  }

  private static Availability bind() {
    String platform = Loader.getPlatform();
    if (!platform.equals(PLATFORM)) {
      return new Availability(false, "it is built for " + PLATFORM + ", this is " + platform);
    }
    try {
      // Read when libgomp is loaded; what the user has set, and a libgomp that another library has loaded, stay as they are.
      NativeLibrary.getInstance("c").getFunction("setenv").invokeInt(new Object[] {"GOMP_SPINCOUNT", SPINS, 0});
      NativeLibrary.getInstance(file("libgomp.so.1").getPath()); // first, so that it is found where the system has none
      Native.register(OneDnn.class, NativeLibrary.getInstance(file("libdnnl.so.3").getPath()));
      if (!has(AVX512_VNNI) && !has(AVX2_VNNI)) {
        return new Availability(false, "this processor has no VNNI");
      }
      return new Availability(true, "oneDNN " + version());
    } catch (UnsatisfiedLinkError | IOException e) {
      return new Availability(false, "its native library does not load: " + e.getMessage());
    }
  }

  /** Whether the processor has instructions for bfloat16; once {@link #load} said yes. Without them oneDNN is slower in it than in float32. */
  static boolean hasBfloat16() {
    return has(AVX512_BF16);
  }

  private static boolean has(int instructions) {
    return (dnnl_get_effective_cpu_isa() & instructions) == instructions;
  }

  /** JavaCPP keeps the unpacked library in a cache: it has 90 MB. */
  private static File file(String name) throws IOException {
    String resource = "/org/bytedeco/dnnl/" + PLATFORM + "/" + name;
    File file = Loader.cacheResource(OneDnn.class, resource);
    if (file == null) {
      throw new IOException(resource + " is not on the class path");
    }
    return file;
  }

  static String version() {
    Pointer version = new Pointer(dnnl_version());
    return version.getInt(0) + "." + version.getInt(4) + "." + version.getInt(8);
  }

  static void check(int status, String what) {
    if (status != 0) {
      throw new IllegalStateException("oneDNN: " + what + ": status " + status);
    }
  }

  /** Of the calling thread. */
  static native void omp_set_num_threads(int count);

  static native long dnnl_version();

  static native int dnnl_get_effective_cpu_isa();

  static native int dnnl_engine_create(long[] engine, int kind, long index);

  static native int dnnl_engine_destroy(long engine);

  static native int dnnl_stream_create(long[] stream, long engine, int flags);

  static native int dnnl_stream_destroy(long stream);

  static native int dnnl_memory_desc_create_with_strides(long[] descriptor, int dimensions, long[] shape, int type, long[] strides);

  static native int dnnl_memory_desc_create_with_tag(long[] descriptor, int dimensions, long[] shape, int type, int layout);

  static native int dnnl_memory_desc_destroy(long descriptor);

  static native int dnnl_memory_create(long[] memory, long descriptor, long engine, long address);

  static native int dnnl_memory_get_data_handle(long memory, long[] address);

  static native int dnnl_memory_destroy(long memory);

  static native int dnnl_primitive_attr_create(long[] attributes);

  static native int dnnl_primitive_attr_set_scales_mask(long attributes, int argument, int mask);

  static native int dnnl_primitive_attr_set_post_ops(long attributes, long operations);

  static native int dnnl_primitive_attr_destroy(long attributes);

  static native int dnnl_post_ops_create(long[] operations);

  static native int dnnl_post_ops_append_eltwise(long operations, int algorithm, float alpha, float beta);

  static native int dnnl_post_ops_append_binary(long operations, int algorithm, long operand);

  static native int dnnl_post_ops_destroy(long operations);

  static native int dnnl_matmul_primitive_desc_create(
      long[] description, long engine, long source, long weights, long bias, long destination, long attributes);

  static native int dnnl_layer_normalization_forward_primitive_desc_create(
      long[] description, long engine, int kind, long source, long destination, long statistics, float epsilon, int flags, long attributes);

  static native int dnnl_softmax_forward_primitive_desc_create(
      long[] description, long engine, int kind, int algorithm, long source, long destination, int axis, long attributes);

  static native int dnnl_binary_primitive_desc_create(
      long[] description, long engine, int algorithm, long source, long source1, long destination, long attributes);

  static native int dnnl_reduction_primitive_desc_create(
      long[] description, long engine, int algorithm, long source, long destination, float p, float epsilon, long attributes);

  static native int dnnl_eltwise_forward_primitive_desc_create(
      long[] description, long engine, int kind, int algorithm, long source, long destination, float alpha, float beta, long attributes);

  static native int dnnl_reorder_primitive_desc_create(
      long[] description, long source, long sourceEngine, long destination, long destinationEngine, long attributes);

  static native long dnnl_primitive_desc_query_md(long description, int what, int index);

  static native int dnnl_primitive_desc_destroy(long description);

  static native int dnnl_primitive_create(long[] primitive, long description);

  static native int dnnl_primitive_destroy(long primitive);

  /** @param arguments address of {@code count} pairs of an int, padded to 8 bytes, and a memory */
  static native int dnnl_primitive_execute(long primitive, long stream, int count, long arguments);
}
