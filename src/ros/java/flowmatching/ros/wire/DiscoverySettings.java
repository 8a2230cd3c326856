package flowmatching.ros.wire;

import flowmatching.BadInputException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Which nodes are looked for, and where, as ROS's environment variables say it.
 *
 * @param domain {@code ROS_DOMAIN_ID}: nodes of other domains are not seen, 0 to 232
 * @param range {@code ROS_AUTOMATIC_DISCOVERY_RANGE}
 * @param staticPeers {@code ROS_STATIC_PEERS}: hosts where nodes are looked for besides
 */
public record DiscoverySettings(int domain, Range range, List<String> staticPeers) {
  /** How far nodes are looked for; the order is that of {@code graph.h}. */
  public enum Range {
    /** Hosts that multicast reaches. */
    SUBNET,
    /** This host. */
    LOCALHOST,
    /** No other node, not even on this host. */
    OFF,
    /** As Fast DDS's own settings say. */
    SYSTEM_DEFAULT
  }

  /** Ports of higher domains would lie beyond 65535. */
  private static final int MAX_DOMAIN = 232;

  /** @throws BadInputException where the domain is not 0 to 232 */
  public DiscoverySettings {
    if (domain < 0 || domain > MAX_DOMAIN) {
      throw new BadInputException("ROS_DOMAIN_ID: expected 0 to " + MAX_DOMAIN + ", found " + domain);
    }
    staticPeers = List.copyOf(staticPeers);
  }

  /**
   * From environment variables; {@code ROS_LOCALHOST_ONLY=1}, which ROS gave up after Humble, outweighs the range and the peers.
   *
   * @throws BadInputException where one cannot be understood, naming it
   */
  public static DiscoverySettings of(Map<String, String> environment) {
    String domain = environment.getOrDefault("ROS_DOMAIN_ID", "").strip();
    String range = environment.getOrDefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "").strip();
    List<String> peers =
        Arrays.stream(environment.getOrDefault("ROS_STATIC_PEERS", "").split(";")).map(String::strip).filter(p -> !p.isEmpty()).toList();
    if (environment.getOrDefault("ROS_LOCALHOST_ONLY", "").strip().equals("1")) {
      return new DiscoverySettings(domain(domain), Range.LOCALHOST, List.of());
    }
    return new DiscoverySettings(domain(domain), range(range), peers);
  }

  private static int domain(String text) {
    try {
      return text.isEmpty() ? 0 : Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new BadInputException("ROS_DOMAIN_ID: expected a number, found '" + text + "'", e);
    }
  }

  private static Range range(String text) {
    if (text.isEmpty() || text.equals("NOT_SET")) {
      return Range.SUBNET;
    }
    return Arrays.stream(Range.values()).filter(range -> range.name().equals(text)).findFirst().orElseThrow(() -> new BadInputException(
        "ROS_AUTOMATIC_DISCOVERY_RANGE: expected one of " + Arrays.toString(Range.values()) + ", found '" + text + "'"));
  }
}
