package flowmatching.training;

import flowmatching.checkpoint.DType;
import flowmatching.checkpoint.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * {@code rng_state.safetensors}: the states of Python's, NumPy's and PyTorch's generators right after they were seeded, so that LeRobot
 * can read the file. All three are Mersenne Twisters (Matsumoto and Nishimura 1998).
 */
final class RandomStates {
  static final String FILE = "rng_state.safetensors";
  private static final int WORDS = 624;
  /** PyTorch's CPU generator: its own header, 624 words of 8 bytes, and what is left of a normal number. */
  private static final int TORCH_BYTES = 5056;

  private RandomStates() {}

  static void write(Path directory, long seed) throws IOException {
    long[] words = twister((int) seed);
    long[] python = Arrays.copyOf(words, WORDS + 1);
    python[WORDS] = WORDS;
    new SafetensorsWriter()
        .add("py_rng_version", DType.I64, new long[] {1}, () -> longs(3))
        .add("py_rng_state", DType.I64, new long[] {WORDS + 1}, () -> longs(python))
        .add("np_rng_state_values", DType.I64, new long[] {WORDS}, () -> longs(words))
        .add("np_rng_state_index", DType.I64, new long[] {1}, () -> longs(WORDS))
        .add("np_rng_has_gauss", DType.I64, new long[] {1}, () -> longs(0))
        .addFloats("np_rng_cached_gaussian", new long[] {1}, () -> new float[1])
        .add("torch_rng_state", DType.U8, new long[] {TORCH_BYTES}, () -> torch(seed, words))
        .write(directory.resolve(FILE));
  }

  /** {@code init_genrand}. */
  private static long[] twister(int seed) {
    long[] words = new long[WORDS];
    words[0] = seed & 0xffffffffL;
    for (int i = 1; i < WORDS; i++) {
      words[i] = (1812433253L * (words[i - 1] ^ (words[i - 1] >>> 30)) + i) & 0xffffffffL;
    }
    return words;
  }

  private static ByteBuffer longs(long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return bytes;
  }

  /** The layout of {@code CPUGeneratorImplStateLegacy}: seed, words left, seeded, next, words, and no normal number in store. */
  private static ByteBuffer torch(long seed, long[] words) {
    ByteBuffer bytes = ByteBuffer.allocate(TORCH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(seed).putInt(1).putInt(1).putLong(0);
    for (long word : words) {
      bytes.putLong(word);
    }
    return bytes.clear();
  }
}
