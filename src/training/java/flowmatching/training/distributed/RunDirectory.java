package flowmatching.training.distributed;

import flowmatching.training.torch.Compute;
import flowmatching.training.torch.NativeScope;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.javacpp.chrono.Minutes;
import org.bytedeco.pytorch.Store;
import org.bytedeco.pytorch.StringVector;

/**
 * The directory of a run that {@code torchrun} started, which its own store remembers for as long as it lives. Processes that it starts
 * anew, with the command line of the first time, find their run there and never take another's for it.
 */
public final class RunDirectory {
  private static final String KEY = "flowmatching/output_dir";
  private static final int PATIENCE_MINUTES = 1;

  private RunDirectory() {}

  /** What an earlier attempt at this run has set; empty where there was none, or where {@code torchrun} keeps no store. */
  public static Optional<Path> of(WorkerEnvironment environment) {
    // Of the first attempt only rank 0 may have set it, and the others must not see what rank 0 did not.
    if (!environment.served() || environment.attempt() == 0) {
      return Optional.empty();
    }
    return NativeScope.call(() -> {
      Store store = store(environment);
      return store.check(new StringVector(KEY)) ? Optional.of(Path.of(store.get_to_str(KEY))) : Optional.empty();
    });
  }

  /** @param directory absolute */
  public static void set(WorkerEnvironment environment, Path directory) {
    if (environment.served()) {
      NativeScope.run(() -> store(environment).set(KEY, directory.toString()));
    }
  }

  private static Store store(WorkerEnvironment environment) {
    Compute.unpack();
    return WorkerGroup.store(environment, new Milliseconds(new Minutes(PATIENCE_MINUTES)));
  }
}
