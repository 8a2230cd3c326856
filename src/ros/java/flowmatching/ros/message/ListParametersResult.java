package flowmatching.ros.message;

import java.util.List;

/**
 * {@code rcl_interfaces/msg/ListParametersResult}.
 *
 * @param names of the parameters found
 * @param prefixes what stands before the last dot of those names, each once
 */
public record ListParametersResult(List<String> names, List<String> prefixes) {
  public ListParametersResult {
    names = List.copyOf(names);
    prefixes = List.copyOf(prefixes);
  }
}
