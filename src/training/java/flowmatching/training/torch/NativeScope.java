package flowmatching.training.torch;

import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Frees native memory at the end of a piece of work. Without it every tensor waits for Java's garbage collector, which does not see
 * how large it is: a training step leaks 25 MB.
 */
@SuppressWarnings("try") // scopes are there to be closed
public final class NativeScope {
  private NativeScope() {}

  /** Runs work and frees every tensor that it made; its result must not be one. */
  public static <T> T call(Supplier<T> work) {
    try (PointerScope scope = new PointerScope()) {
      return work.get();
    }
  }

  /** The same for work without a result. */
  public static void run(Runnable work) {
    try (PointerScope scope = new PointerScope()) {
      work.run();
    }
  }

  /**
   * Runs work and frees every tensor that it made, but for its result: that is freed with the scope around this one, which there must
   * be. A result that no scope holds, such as a weight, stays.
   */
  public static Tensor keepResult(Supplier<Tensor> work) {
    PointerScope around = PointerScope.getInnerScope();
    try (PointerScope scope = new PointerScope()) {
      Tensor result = work.get();
      if (result.referenceCount() > 0) {
        around.attach(result);
      }
      return result;
    }
  }

  /** {@link #run} without recording anything for gradients. */
  public static void runWithoutGradients(Runnable work) {
    try (PointerScope scope = new PointerScope(); NoGradGuard guard = new NoGradGuard()) {
      work.run();
    }
  }
}
