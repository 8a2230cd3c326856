package flowmatching.training.distributed;

import flowmatching.BadInputException;
import java.util.List;
import java.util.Map;

/**
 * What {@code torchrun} tells each process that it starts.
 *
 * @param rank this process, from 0
 * @param size processes in all
 * @param localRank this process among those of its machine: which GPU is its own
 * @param host where the processes meet
 * @param port likewise
 * @param served whether {@code torchrun} itself serves the meeting point; else the process of rank 0 does
 * @param attempt how often the run was started again; processes of different attempts do not meet
 */
public record WorkerEnvironment(int rank, int size, int localRank, String host, int port, boolean served, int attempt) {
  private static final List<String> NEEDED = List.of("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT");

  /** A process of its own. */
  public static final WorkerEnvironment ALONE = new WorkerEnvironment(0, 1, 0, "localhost", 0, false, 0);

  /**
   * Reads the variables that {@code torchrun} sets; without any of them the process is alone.
   *
   * @throws BadInputException where one is missing or wrong, naming it
   */
  public static WorkerEnvironment of(Map<String, String> environment) {
    if (NEEDED.stream().noneMatch(environment::containsKey)) {
      return ALONE;
    }
    int size = number(environment, "WORLD_SIZE", null, 1, Integer.MAX_VALUE);
    int rank = number(environment, "RANK", null, 0, size - 1);
    String host = environment.get("MASTER_ADDR");
    if (host == null || host.isBlank()) {
      throw wrong("MASTER_ADDR", "a host", host);
    }
    return new WorkerEnvironment(rank, size, number(environment, "LOCAL_RANK", String.valueOf(rank), 0, size - 1), host,
        number(environment, "MASTER_PORT", null, 1, 65535), "True".equals(environment.get("TORCHELASTIC_USE_AGENT_STORE")),
        number(environment, "TORCHELASTIC_RESTART_COUNT", "0", 0, Integer.MAX_VALUE));
  }

  private static int number(Map<String, String> environment, String name, String otherwise, int least, int greatest) {
    String text = environment.getOrDefault(name, otherwise);
    try {
      int value = Integer.parseInt(text);
      if (value >= least && value <= greatest) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Refused below.
    }
    throw wrong(name, "a number from " + least + " to " + greatest, text);
  }

  private static BadInputException wrong(String name, String expected, String found) {
    return new BadInputException("environment variable " + name + ": expected " + expected + ", found " + (found == null ? "nothing" : "'" + found + "'")
        + "; start several processes with torchrun --no-python");
  }
}
