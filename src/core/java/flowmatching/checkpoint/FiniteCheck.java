package flowmatching.checkpoint;

import flowmatching.BadInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;

/**
 * Looks for NaN and infinity in weights. One such value makes every action NaN, and only the guard would notice.
 *
 * <p>The tensors are read into a small buffer, not mapped: pages of a mapping count as this process's memory until the garbage
 * collector finds it, and the runtime maps them once more.
 */
final class FiniteCheck {
  private static final int BLOCK = 1 << 20;

  private FiniteCheck() {}

  /** @throws BadInputException naming a tensor that holds a value which is not finite */
  static void check(SafetensorsFile weights, Collection<String> names) {
    ThreadLocal<Block> blocks = ThreadLocal.withInitial(Block::new);
    names.parallelStream().forEach(name -> {
      if (!blocks.get().allFinite(weights, weights.entry(name))) {
        throw new BadInputException(weights.path() + ": tensor '" + name + "' holds values that are not finite (NaN or infinity)");
      }
    });
  }

  /** One thread's buffer. */
  private static final class Block {
    private final ByteBuffer bytes = ByteBuffer.allocateDirect(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    private final int[] words = new int[BLOCK / 4];
    private final short[] halves = new short[BLOCK / 2];

    boolean allFinite(SafetensorsFile weights, SafetensorsFile.Entry entry) {
      for (long at = entry.begin(); at < entry.end(); at += BLOCK) {
        bytes.clear().limit((int) Math.min(BLOCK, entry.end() - at));
        weights.readFully(at, bytes);
        boolean finite = switch (entry.dtype()) {
          case F32 -> words(bytes.flip().remaining() / 4);
          case BF16 -> halves(bytes.flip().remaining() / 2, 0x7f80, 0x0080);
          case F16 -> halves(bytes.flip().remaining() / 2, 0x7c00, 0x0400);
          default -> throw new IllegalArgumentException(entry.name() + ": no float type: " + entry.dtype());
        };
        if (!finite) {
          return false;
        }
      }
      return true;
    }

    // An exponent of all ones (NaN, infinity) carries into the sign bit. Without a branch, so that the compiler vectorises it.

    private boolean words(int count) {
      bytes.asIntBuffer().get(words, 0, count);
      int carry = 0;
      for (int i = 0; i < count; i++) {
        carry |= (words[i] & 0x7f800000) + 0x00800000;
      }
      return carry >= 0;
    }

    private boolean halves(int count, int exponent, int step) {
      bytes.asShortBuffer().get(halves, 0, count);
      int carry = 0;
      for (int i = 0; i < count; i++) {
        carry |= (halves[i] & exponent) + step;
      }
      return (carry & 0x8000) == 0;
    }
  }
}
