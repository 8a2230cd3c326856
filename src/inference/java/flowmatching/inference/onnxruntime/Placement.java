package flowmatching.inference.onnxruntime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import flowmatching.runtime.UnusableRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where a model's nodes really ran, read from ONNX Runtime's profile of a run. Its own setting against falling back to the CPU does
 * not look into loops, so this looks at what was done.
 */
final class Placement {
  /** Bytes that a node on another device may give: lengths, indices and conditions of loops stay with the CPU on purpose. */
  private static final long SMALL = 256;

  private Placement() {}

  /**
   * @param profile that ONNX Runtime wrote
   * @throws UnusableRuntimeException where nodes with more than some bytes ran elsewhere, or none ran on the device
   */
  static void check(Path profile, Device device) throws IOException {
    Set<String> elsewhere = new TreeSet<>();
    int here = 0;
    for (JsonNode event : new ObjectMapper().readTree(profile.toFile())) {
      JsonNode arguments = event.path("args");
      String provider = arguments.path("provider").asText();
      if (!event.path("cat").asText().equals("Node") || provider.isEmpty()) {
        continue;
      }
      if (provider.equals(device.provider())) {
        here++;
      } else if (arguments.path("output_size").asLong(Long.MAX_VALUE) > SMALL) {
        elsewhere.add(arguments.path("op_name").asText() + " on " + provider);
      }
    }
    if (!elsewhere.isEmpty() || here == 0) {
      throw new UnusableRuntimeException("ONNX Runtime did not run the whole network on " + device.label() + ", but "
          + (elsewhere.isEmpty() ? "nothing" : String.join(", ", elsewhere)));
    }
  }
}
