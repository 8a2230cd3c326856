package flowmatching.checkpoint;

import flowmatching.BadInputException;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.ModelSummary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Compares weights with what a configuration needs: names, shapes, types, and that every value is finite ({@link FiniteCheck}). */
final class WeightCheck {
  private static final int SHOWN = 20;

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
    FiniteCheck.check(weights, needed.keySet());
  }
}
