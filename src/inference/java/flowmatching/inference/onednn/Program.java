package flowmatching.inference.onednn;

import static flowmatching.inference.onednn.OneDnn.check;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;

/** Primitives with their memories, run one after the other. Running it makes no garbage. */
final class Program {
  /** One step of it. */
  interface Step {
    void run();
  }

  private final List<Step> steps = new ArrayList<>();

  void add(Step step) {
    steps.add(step);
  }

  void run() {
    for (int i = 0; i < steps.size(); i++) {
      steps.get(i).run();
    }
  }

  /** One primitive on fixed memories. */
  static final class Execution implements Step {
    private static final int PAIR = 16;

    private final Natives natives;
    private final long primitive;
    private final int count;
    private final long arguments;

    /**
     * @param description of the primitive; freed here
     * @param pairs argument and memory, in turn
     */
    Execution(Natives natives, long description, List<Long> pairs) {
      this.natives = natives;
      long[] out = new long[1];
      int status = OneDnn.dnnl_primitive_create(out, description);
      OneDnn.dnnl_primitive_desc_destroy(description);
      check(status, "primitive");
      primitive = out[0];
      natives.own(() -> OneDnn.dnnl_primitive_destroy(out[0]));
      count = pairs.size() / 2;
      Memory memory = new Memory((long) PAIR * count);
      natives.own(memory::close);
      for (int i = 0; i < count; i++) {
        memory.setInt((long) PAIR * i, Math.toIntExact(pairs.get(2 * i)));
        memory.setLong((long) PAIR * i + 8, pairs.get(2 * i + 1));
      }
      arguments = Pointer.nativeValue(memory);
    }

    @Override
    public void run() {
      check(OneDnn.dnnl_primitive_execute(primitive, natives.stream(), count, arguments), "execution");
    }
  }
}
