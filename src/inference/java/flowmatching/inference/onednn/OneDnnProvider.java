package flowmatching.inference.onednn;

import flowmatching.checkpoint.Checkpoint;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.RuntimeProvider;
import flowmatching.runtime.UnusableRuntimeException;

/** oneDNN on the CPU: faster than float32 and a little less exact, so it is taken only where it is asked for. */
abstract class OneDnnProvider implements RuntimeProvider {
  private final Precision precision;

  OneDnnProvider(Precision precision) {
    this.precision = precision;
  }

  @Override
  public Availability probe() {
    Availability loaded = OneDnn.load();
    if (precision == Precision.BFLOAT16 && loaded.usable() && !OneDnn.hasBfloat16()) {
      return new Availability(false, "this processor has no AVX-512 with bf16");
    }
    return loaded;
  }

  @Override
  public PolicySession open(Checkpoint checkpoint, RuntimeOptions options) {
    try {
      return new OneDnnSession(checkpoint, precision, options);
    } catch (IllegalStateException e) {
      throw new UnusableRuntimeException("oneDNN cannot run the network: " + e.getMessage(), e);
    }
  }
}
