package flowmatching.checkpoint;

import flowmatching.BadInputException;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.ModelSummary;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Compares weights with what a configuration needs: names, shapes, types, and that every value is finite. */
final class WeightCheck {
  private static final int SHOWN = 20;
  private static final int EXPONENT = 0x7f800000;
  private static final int EXPONENT_STEP = 0x00800000;

  private WeightCheck() {}

  static void check(SafetensorsFile weights, FlowMatchingConfig config) {
    Map<String, int[]> needed = new ModelSummary(config).shapes();
    List<String> wrong = new ArrayList<>();
    needed.forEach((name, shape) -> {
      if (!weights.has(name)) {
        wrong.add("missing     " + name + " " + Arrays.toString(shape));
        return;
      }
      SafetensorsFile.Entry entry = weights.entry(name);
      if (!Arrays.equals(entry.shape(), Arrays.stream(shape).asLongStream().toArray())) {
        wrong.add("shape       " + name + ": expected " + Arrays.toString(shape) + ", found " + Arrays.toString(entry.shape()));
      } else if (entry.dtype() != DType.F32 && entry.dtype() != DType.F16 && entry.dtype() != DType.BF16) {
        wrong.add("type        " + name + ": expected F32, F16 or BF16, found " + entry.dtype());
      }
    });
    for (String name : weights.names()) {
      if (!needed.containsKey(name)) {
        wrong.add("unexpected  " + name + " " + Arrays.toString(weights.entry(name).shape()));
      }
    }
    if (!wrong.isEmpty()) {
      String more = wrong.size() > SHOWN ? "\n  ... and " + (wrong.size() - SHOWN) + " more" : "";
      String lines = String.join("\n  ", wrong.subList(0, Math.min(SHOWN, wrong.size())));
      throw new BadInputException(weights.path() + ": " + wrong.size() + " tensors do not fit " + Checkpoint.CONFIG + ":\n  " + lines + more);
    }
    // The whole file is read once here; a runtime reads it next, from the page cache.
    needed.keySet().parallelStream().forEach(name -> checkFinite(weights, name));
  }

  private static void checkFinite(SafetensorsFile weights, String name) {
    boolean finite = weights.entry(name).dtype() == DType.F32 ? allFinite(weights.bytes(name)) : allFinite(weights.floats(name));
    if (!finite) {
      throw new BadInputException(weights.path() + ": tensor '" + name + "' holds values that are not finite (NaN or infinity)");
    }
  }

  private static boolean allFinite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  private static boolean allFinite(ByteBuffer bytes) {
    IntBuffer bits = bytes.asIntBuffer();
    int[] block = new int[Math.min(1 << 14, bits.remaining())];
    while (bits.hasRemaining()) {
      int count = Math.min(block.length, bits.remaining());
      bits.get(block, 0, count);
      // An exponent of all ones (NaN, infinity) carries into the sign bit. Without a branch, so that the compiler vectorises it.
      int carry = 0;
      for (int i = 0; i < count; i++) {
        carry |= (block[i] & EXPONENT) + EXPONENT_STEP;
      }
      if (carry < 0) {
        return false;
      }
    }
    return true;
  }
}
