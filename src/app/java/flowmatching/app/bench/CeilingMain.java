package flowmatching.app.bench;

import flowmatching.inference.onednn.LargeProduct;
import flowmatching.inference.onnxruntime.MatrixProduct;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** The contestant that measures the machine instead of a network: {@code CeilingMain THREADS}. */
final class CeilingMain {
  /** Far beyond any cache. */
  private static final int WORDS_PER_THREAD = 16 << 20;

  private CeilingMain() {}

  public static void main(String[] arguments) {
    int threads = Integer.parseInt(arguments[0]);
    long[][] words = new long[threads][WORDS_PER_THREAD];
    boolean oneDnn = LargeProduct.isUsable();
    try (MatrixProduct exact = new MatrixProduct(false, threads);
        MatrixProduct small = new MatrixProduct(true, threads);
        LargeProduct half = oneDnn ? new LargeProduct(false, threads) : null;
        LargeProduct smaller = oneDnn ? new LargeProduct(true, threads) : null) {
      ContestantProtocol.serve("products of matrices and reading memory, CPU", new float[0], () -> {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put(Ceiling.FLOAT32, exact.gigaflops());
        figures.put(Ceiling.INT8, oneDnn ? Math.max(small.gigaflops(), smaller.gigaflops()) : small.gigaflops());
        if (oneDnn) {
          figures.put(Ceiling.BFLOAT16, half.gigaflops());
        }
        figures.put(Ceiling.MEMORY, gigabytesPerSecond(words));
        return figures;
      });
    }
  }

  private static double gigabytesPerSecond(long[][] words) {
    long start = System.nanoTime();
    long sum = Arrays.stream(words).parallel().mapToLong(CeilingMain::sum).sum();
    double seconds = (System.nanoTime() - start) / 1e9;
    if (sum != 0) {
      throw new IllegalStateException("memory of zeros has the sum " + sum);
    }
    return (double) words.length * WORDS_PER_THREAD * Long.BYTES / 1e9 / seconds;
  }

  private static long sum(long[] words) {
    long sum = 0;
    for (long word : words) {
      sum += word;
    }
    return sum;
  }
}
