package flowmatching.app.bench;

import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.runtime.RuntimeOptions;
import java.nio.file.Path;

/** A runtime of this package as a contestant: {@code RuntimeMain RUNTIME CHECKPOINT INPUTS THREADS SPINNING DEVICE_MEMORY WIDTH HEIGHT}. */
final class RuntimeMain {
  private RuntimeMain() {}

  public static void main(String[] arguments) {
    RuntimeOptions options =
        new RuntimeOptions(Integer.parseInt(arguments[3]), Boolean.parseBoolean(arguments[4])).withDeviceMemory(Integer.parseInt(arguments[5]));
    Inputs inputs = Inputs.read(Path.of(arguments[2]));
    try (Checkpoint checkpoint = Checkpoint.open(Path.of(arguments[1]));
        TimedInference inference =
            new TimedInference(checkpoint, arguments[0], options, inputs, Integer.parseInt(arguments[6]), Integer.parseInt(arguments[7]))) {
      ContestantProtocol.serve(inference.description(), inference.chunk(), inference::run);
    } catch (BadInputException e) {
      ContestantProtocol.absent(e.getMessage());
    }
  }
}
