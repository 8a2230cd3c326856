package flowmatching.inference.onnxruntime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * ONNX Runtime's environment, of which a process has one.
 *
 * <p>When version 1.29 makes it, its telemetry matches the process's command line against regular expressions, by recursion: 4,000
 * characters, such as a class path has, overflow a thread's usual stack of 1 MiB, and the process ends without a word. So it is made
 * on a thread with a larger one. {@code ORT_DISABLE_TELEMETRY=1}, which the launcher sets, leaves all of that out.
 *
 * <p>Its own shutdown hook closes it while other threads still load a network or run one, who then use freed memory: Ctrl-C crashed.
 * So one more reference than the hook gives back is held, and the process ends with the environment open.
 */
final class OnnxEnvironment {
  private static final Logger LOG = LogManager.getLogger();
  /** For command lines of about 250,000 characters. */
  private static final long STACK_BYTES = 64L << 20;

  private static boolean kept;

  private OnnxEnvironment() {}

  /**
   * Waits through an interrupt: this is asked for between two steps of opening a session, of which none would be freed.
   *
   * @throws UnsatisfiedLinkError where there is no native library for this machine
   */
  static OrtEnvironment get() {
    Executor large = task -> new Thread(null, task, "onnxruntime-environment", STACK_BYTES).start();
    try {
      return CompletableFuture.supplyAsync(OnnxEnvironment::kept, large).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private static synchronized OrtEnvironment kept() {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    if (!kept) {
      kept = true;
      try { // counted below Java, where each that is made is the same one
        Field api = Class.forName("ai.onnxruntime.OnnxRuntime").getDeclaredField("ortApiHandle");
        Method create = OrtEnvironment.class.getDeclaredMethod("createHandle", long.class, int.class, String.class);
        api.setAccessible(true);
        create.setAccessible(true);
        create.invoke(null, api.getLong(null), OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING.getValue(), "flowmatching");
      } catch (ReflectiveOperationException e) {
        LOG.debug("ONNX Runtime's environment is not held open", e);
      }
    }
    return environment;
  }
}
