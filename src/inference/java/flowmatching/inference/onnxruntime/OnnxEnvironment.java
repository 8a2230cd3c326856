package flowmatching.inference.onnxruntime;

import ai.onnxruntime.OrtEnvironment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * ONNX Runtime's environment, of which a process has one.
 *
 * <p>When version 1.29 makes it, its telemetry matches the process's command line against regular expressions, by recursion: 4,000
 * characters, such as a class path has, overflow a thread's usual stack of 1 MiB, and the process ends without a word. So it is made
 * on a thread with a larger one. {@code ORT_DISABLE_TELEMETRY=1}, which the launcher sets, leaves all of that out.
 */
final class OnnxEnvironment {
  /** For command lines of about 250,000 characters. */
  private static final long STACK_BYTES = 64L << 20;

  private OnnxEnvironment() {}

  /**
   * Waits through an interrupt: this is asked for between two steps of opening a session, of which none would be freed.
   *
   * @throws UnsatisfiedLinkError where there is no native library for this machine
   */
  static OrtEnvironment get() {
    Executor large = task -> new Thread(null, task, "onnxruntime-environment", STACK_BYTES).start();
    try {
      return CompletableFuture.supplyAsync(OrtEnvironment::getEnvironment, large).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
