package flowmatching.app.bench;

import flowmatching.BadInputException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The same policy in other programs, run by {@code src/testdata/tools/peer_latency.py}.
 *
 * @param script that file
 * @param device of PyTorch: cpu, cuda or cuda:N
 * @param threads of each
 */
public record PeerEntrants(Path script, String device, int threads) {
  /** Takes every peer there is. */
  public static final String ALL = "all";
  /** PyTorch as it comes: eager, float32. */
  static final String PYTORCH = "pytorch";

  private static final List<String> KNOWN = List.of(
      PYTORCH, "pytorch-bf16", "pytorch-compile", "openvino-bf16", "openvino-int8", "python-onnxruntime", "python-onnxruntime-int8");

  /**
   * The peers of a list.
   *
   * @param names separated by commas, or {@link #ALL}
   * @throws BadInputException where one is unknown
   */
  public List<Entrant> of(String names) {
    List<String> chosen = names.equals(ALL) ? KNOWN : Arrays.stream(names.split(",")).map(String::strip).distinct().toList();
    for (String name : chosen) {
      if (!KNOWN.contains(name)) {
        throw new BadInputException("--peers: expected all or some of " + KNOWN + ", found '" + name + "'");
      }
    }
    return chosen.stream().map(name -> new Entrant(name, (checkpoint, inputs) -> process(name, checkpoint, inputs))).toList();
  }

  private ProcessBuilder process(String name, Path checkpoint, Path inputs) {
    String chosen = System.getenv("FLOWMATCHING_PYTHON");
    String python = chosen == null || chosen.isBlank() ? "python3" : chosen;
    ProcessBuilder process = new ProcessBuilder(
        python, "-u", script.toString(), name, checkpoint.toString(), inputs.toString(), "--threads=" + threads, "--device=" + device);
    // The peers' own defaults, not those that the launcher gives this package's libtorch.
    process.environment().remove("OMP_WAIT_POLICY");
    return process;
  }
}
