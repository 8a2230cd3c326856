package flowmatching.ros.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import flowmatching.Python;
import flowmatching.ros.graph.GraphNames;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A process that speaks DDS by another implementation ({@code src/testdata/tools/dds_peer.py} and {@code dds_robot.py}). Peers meet on this host without
 * multicast; where {@code ROS_AUTOMATIC_DISCOVERY_RANGE} is set (see .ci/interop.sh) as it says.
 */
final class DdsPeer implements AutoCloseable {
  private static final String PEER = "src/testdata/tools/dds_peer.py";
  private static final String ROBOT = "src/testdata/tools/dds_robot.py";
  /** Key hashes, because Fast DDS up to 2.14 does not understand a farewell without them and would wait 10 s for each peer. */
  private static final String WITHOUT_MULTICAST = "<CycloneDDS><Domain><General><Interfaces><NetworkInterface name=\"lo\"/></Interfaces>"
      + "<AllowMulticast>false</AllowMulticast></General><Discovery><ParticipantIndex>auto</ParticipantIndex>"
      + "<Peers><Peer address=\"127.0.0.1\"/></Peers></Discovery>"
      + "<Internal><GenerateKeyhash>true</GenerateKeyhash></Internal></Domain></CycloneDDS>";
  private static final DiscoverySettings SETTINGS = settings();
  /** What is measured against peers: rcl where a ROS workspace is sourced, else Fast DDS. */
  private static final GraphLibrary LIBRARY = GraphLibrary.ofEnvironment(System.getenv());

  /** Seconds since 1970, the domain, the thread, and what it complains of. */
  private static final Pattern WARNING = Pattern.compile("\\d+\\.\\d+ \\[\\d+\\]");

  private final Process process;
  private final BufferedReader output;
  private final List<String> lines = new ArrayList<>();

  private DdsPeer(Process process) {
    this.process = process;
    this.output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  private static DiscoverySettings settings() {
    return System.getenv("ROS_AUTOMATIC_DISCOVERY_RANGE") != null
        ? DiscoverySettings.of(System.getenv())
        : new DiscoverySettings((int) (11 + ProcessHandle.current().pid() % 40 * 2), DiscoverySettings.Range.LOCALHOST, List.of());
  }

  /** A node of ours that peers can see. */
  static WireGraph node(String namespace, String name) {
    return WireGraph.join(LIBRARY, GraphNames.of(namespace, name), false, SETTINGS);
  }

  static void assumeAvailable() throws IOException, InterruptedException {
    if (LIBRARY == GraphLibrary.FAST_DDS) {
      FastDds.assumeAvailable();
    }
    Python.assumeModule("cyclonedds");
  }

  /** Starts a peer without waiting for it. */
  static DdsPeer start(String... arguments) throws IOException {
    return startScript(PEER, arguments);
  }

  private static DdsPeer startScript(String script, String... arguments) throws IOException {
    return new DdsPeer(Python.start(environment -> {
      environment.put("ROS_DOMAIN_ID", Integer.toString(SETTINGS.domain()));
      if (SETTINGS.range() == DiscoverySettings.Range.LOCALHOST) {
        environment.put("CYCLONEDDS_URI", WITHOUT_MULTICAST);
      }
    }, script, arguments));
  }

  /** Starts a peer that has joined when this returns. */
  static DdsPeer joined(String... arguments) throws IOException {
    DdsPeer peer = start(arguments);
    peer.awaitReady();
    return peer;
  }

  /** Starts a robot ({@code dds_robot.py}) that is connected when this returns. */
  static DdsPeer robot(String... arguments) throws IOException {
    DdsPeer robot = startScript(ROBOT, arguments);
    robot.awaitReady();
    return robot;
  }

  /** Returns once the peer has joined; fails where it ends before. */
  void awaitReady() throws IOException {
    String line = next();
    assertEquals("ready", line, () -> lines + (line == null ? ", exit code " + process.onExit().join().exitValue() : ""));
  }

  /** The next line that the peer prints, but for Cyclone's own warnings; null at its end. */
  String next() throws IOException {
    String line;
    do {
      line = output.readLine();
      lines.add(line);
    } while (isWarning(line));
    return line;
  }

  /** Lets a peer go on that waits for a line. */
  void go() throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
  }

  private static boolean isWarning(String line) {
    return line != null && WARNING.matcher(line).lookingAt();
  }

  /** Ends it; what it says last. */
  String end() throws IOException {
    close();
    lines.removeIf(DdsPeer::isWarning);
    return lines.get(lines.size() - 2);
  }

  /** Kills it without a farewell, as a crash does. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    while (next() != null) {} // its output ends when it does
  }
}
