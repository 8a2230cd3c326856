package flowmatching.ros.check;

import flowmatching.SimilarNames;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.graph.TopicEndpoint;
import flowmatching.ros.graph.TopicEndpoint.Kind;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Why a topic that a robot file names does not arrive, or arrives badly. */
final class TopicRules {
  private static final int MOST_NAMED = 5;
  /** How far ahead of this machine's clock a stamp may be before it is said, in seconds: more than synchronised clocks differ. */
  private static final double FUTURE = 0.1;
  /** The same for a simulator's, whose steps may be long and whose clock may come after what it stamps. */
  private static final double FUTURE_SIMULATED = 1;

  private final RobotObservation seen;
  private final Findings findings;

  TopicRules(RobotObservation seen, Findings findings) {
    this.seen = seen;
    this.findings = findings;
  }

  /**
   * Looks at a topic that the robot should send.
   *
   * @param asked reliability that was asked for
   * @param typeAdvice what to change where the topic has another type, from that type
   * @param maxAge seconds after which the node holds the robot
   * @return whether messages came
   */
  boolean arrives(StreamObservation stream, Reliability asked, Function<String, String> typeAdvice, double maxAge) {
    List<TopicEndpoint> publishers = seen.endpoints(Kind.PUBLISHER, stream.topic());
    List<TopicEndpoint> fitting = publishers.stream().filter(end -> end.type().equals(stream.type())).toList();
    if (stream.messages() == 0) {
      silent(stream, publishers, fitting, asked, typeAdvice);
      return false;
    }
    if (fitting.isEmpty()) {
      findings.attention(stream.topic(), "came, and then its publisher left: is the sensor still on, and the network steady?");
    } else if (fitting.size() > 1) {
      findings.attention(stream.topic(), fitting.size() + " publishers send it (" + nodes(fitting) + ") and their messages mix; stop all but one");
    }
    timing(stream, maxAge);
    return true;
  }

  private void silent(StreamObservation stream, List<TopicEndpoint> publishers, List<TopicEndpoint> fitting, Reliability asked,
      Function<String, String> typeAdvice) {
    if (publishers.isEmpty()) {
      nobody(stream.topic(), "nobody publishes it", Kind.PUBLISHER, List.of(stream.type()));
    } else if (fitting.isEmpty()) {
      String type = publishers.get(0).type();
      findings.attention(stream.topic(), "is published as " + (type.isEmpty() ? "a type that is none of ROS's" : type) + ", not " + stream.type()
          + ": " + typeAdvice.apply(type));
    } else if (asked == Reliability.RELIABLE && fitting.stream().allMatch(end -> end.reliability() == Reliability.BEST_EFFORT)) {
      findings.attention(stream.topic(), "its publisher (" + nodes(fitting) + ") offers best_effort, and the robot file asks for reliable: set reliability: best_effort");
    } else if (stream.refused() > 0) {
      findings.attention(stream.topic(), stream.refused() + " messages of " + nodes(fitting) + " came whose bytes are none of " + stream.type()
          + ": its definition differs there");
    } else {
      findings.attention(stream.topic(), "is published by " + nodes(fitting) + ", and no message came in " + number(seen.seconds())
          + " s: is the sensor on, and does the network let large messages through?");
    }
  }

  /**
   * Says that a topic lacks its other end, and which topics it might have meant.
   *
   * @param kind of the end that is missing
   * @param types that it may have
   */
  void nobody(String topic, String what, Kind kind, List<String> types) {
    if (seen.alone()) {
      return; // said once, for the whole graph
    }
    Map<String, String> there = new TreeMap<>();
    seen.endpoints().stream().filter(end -> end.kind() == kind && types.contains(end.type())).forEach(end -> there.put(end.topic(), end.type()));
    String others = there.isEmpty()
        ? "; no topic of type " + String.join(" or ", types) + " is there"
        : "; there are " + SimilarNames.of(topic, there.keySet()).stream().limit(MOST_NAMED)
            .map(name -> types.size() == 1 ? name : name + " (" + there.get(name) + ")").collect(Collectors.joining(", "))
            + (there.size() > MOST_NAMED ? " and " + (there.size() - MOST_NAMED) + " more" : "");
    findings.attention(topic, what + others + ": set topic, or start what is missing");
  }

  private void timing(StreamObservation stream, double maxAge) {
    String held = ", and the node holds the robot after " + number(maxAge) + " s (max_age_ms)";
    if (stream.longestGap() > maxAge) {
      findings.attention(stream.topic(), "stopped for " + number(stream.longestGap()) + " s" + held + ": make it steadier, or raise max_age_ms");
    }
    if (seen.simulatedTime() || !seen.clockPublished()) { // else stamps are a simulator's, and that is said once
      stamps(stream, maxAge, held);
    }
    if (stream.lost() > 0 || stream.refused() > 0) {
      findings.note(stream.topic(), stream.lost() + " messages were lost on the way and " + stream.refused() + " were malformed; " + stream.messages() + " came");
    }
  }

  private void stamps(StreamObservation stream, double maxAge, String held) {
    String clocks = "set the clocks of both machines by NTP or PTP";
    if (stream.leastAge() > maxAge) {
      findings.attention(stream.topic(), "arrives " + number(stream.leastAge()) + " s or more after its stamp" + held + ": " + clocks);
    } else if (stream.greatestAge() > maxAge) {
      findings.attention(stream.topic(), "arrives up to " + number(stream.greatestAge()) + " s after its stamp" + held + ": the network or the sender is too slow");
    }
    if (!seen.clockJumped() && stream.leastAge() < -(seen.simulatedTime() ? FUTURE_SIMULATED : FUTURE)) {
      findings.attention(stream.topic(), "is stamped up to " + number(-stream.leastAge()) + " s in the future: " + clocks);
    }
    if (stream.unstamped() > 0) {
      findings.note(stream.topic(), stream.unstamped() + " of " + stream.messages() + " messages have no stamp, so their age counts from"
          + " their arrival and what they took to come is not seen");
    }
    if (stream.backwards() > 0 && !seen.simulatedTime()) {
      findings.attention(stream.topic(), "its stamps went back " + stream.backwards() + " times: several senders, or a clock that is set while it runs");
    }
  }

  /** The nodes of endpoints, in words. */
  static String nodes(Collection<TopicEndpoint> endpoints) {
    return endpoints.stream().map(end -> end.node().isEmpty() ? "a node without a name" : end.node()).distinct().collect(Collectors.joining(", "));
  }

  /** A number for a sentence: three significant digits. */
  static String number(double value) {
    double size = Math.abs(value);
    int digits = size == 0 || size >= 100 ? 0 : (int) Math.max(0, 2 - Math.floor(Math.log10(size)));
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%." + Math.min(digits, 6) + "f", value) : String.valueOf(value);
  }
}
