package flowmatching.inference.onednn;

import java.util.Arrays;
import java.util.List;

/** One large product of matrices in oneDNN, [512, 1024] by [1024, 4096]: what the machine can do at best. */
public final class LargeProduct implements AutoCloseable {
  private static final int ROWS = 512;
  private static final int INNER = 1024;
  private static final int COLUMNS = 4096;

  private final Natives natives = new Natives();
  private final Program product = new Program();
  private final int threads;

  /** Whether oneDNN runs here, with both kinds. */
  public static boolean isUsable() {
    return OneDnn.load().usable() && OneDnn.hasBfloat16();
  }

  /** @param eightBits whether the matrices are of 8 bits, or both are bfloat16; the product is bfloat16 */
  public LargeProduct(boolean eightBits, int threads) {
    this.threads = threads;
    OneDnn.omp_set_num_threads(threads);
    Program before = new Program();
    Kernels first = new Kernels(natives, before);
    Kernels kernels = new Kernels(natives, product);
    Tensor left = natives.constant(ones(ROWS * INNER), ROWS, INNER);
    Tensor right = natives.constant(ones(INNER * COLUMNS), COLUMNS, INNER);
    Tensor to = natives.allocate(OneDnn.BF16, ROWS, COLUMNS);
    if (eightBits) {
      Kernels.Quantized bytes = first.quantize(left, Float.NEGATIVE_INFINITY, natives.allocate(OneDnn.U8, ROWS, INNER));
      kernels.linear(bytes, ByteWeight.of(right, natives), null, List.of(), to);
    } else {
      Tensor narrow = natives.allocate(OneDnn.BF16, ROWS, INNER);
      first.copy(left, narrow);
      kernels.linear(narrow, right, null, List.of(), to);
    }
    before.run();
  }

  /** The time does not hang on the values. */
  private static float[] ones(int count) {
    float[] ones = new float[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  /** Makes the product once and tells its speed, in GFLOP/s (two operations for a multiplication with its addition). */
  public double gigaflops() {
    OneDnn.omp_set_num_threads(threads);
    long start = System.nanoTime();
    product.run();
    return 2.0 * ROWS * INNER * COLUMNS / (System.nanoTime() - start);
  }

  @Override
  public void close() {
    natives.close();
  }
}
