package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.TestData;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.wire.DiscoverySettings;
import flowmatching.ros.wire.WireGraph;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The node as people start it, in a process of its own over DDS. */
@Timeout(120)
class RunCommandTest {
  private static final int DOMAIN = (int) (14 + ProcessHandle.current().pid() % 40 * 2);

  @TempDir Path directory;

  private static Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(ProcessHandle.current().info().command().orElse("java"), "-cp", System.getProperty("java.class.path"),
        "-Dflowmatching.home=" + TestData.home(), "flowmatching.app.Main", "run", "--transport=dds"));
    command.addAll(List.of(arguments));
    ProcessBuilder process = new ProcessBuilder(command).redirectErrorStream(true);
    process.environment().put("ROS_DOMAIN_ID", Integer.toString(DOMAIN));
    process.environment().put("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST");
    return process.start();
  }

  private static void needDds() {
    try {
      WireGraph.join(GraphNames.of("/", "probe"), false, new DiscoverySettings(DOMAIN, DiscoverySettings.Range.LOCALHOST, List.of())).close();
    } catch (BadInputException e) {
      Assumptions.abort(e.getMessage());
    }
  }

  @Test
  void aNodeOnTopicsWritesItsReportWhenItIsStopped() throws Exception {
    needDds();
    Path report = directory.resolve("report.html");
    Process node = start("--robot=planar_arm", "--policy.path=" + TestData.home().resolve("models/demo"), "--report=" + report);
    StringBuilder said = new StringBuilder();
    BufferedReader lines = node.inputReader();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      said.append(line).append('\n');
      if (line.contains("INACTIVE (configured)")) {
        node.toHandle().destroy(); // SIGTERM; destroy() would close the stream
      }
    }
    assertTrue(node.waitFor(20, TimeUnit.SECONDS));
    assertEquals(0, node.exitValue(), said.toString());
    assertTrue(said.toString().contains("report: " + report), said.toString());
    assertTrue(said.toString().contains("robot planar_arm is built in"), said.toString());
    String page = Files.readString(report);
    assertTrue(page.contains("<td>state at the end</td><td>INACTIVE (configured)</td>"), page);
    assertTrue(page.contains("<h2>Time</h2>") && page.contains("<h2>Counters</h2>"), page);
    assertTrue(page.matches("(?s).*<details><summary>[0-9]+ counters are 0</summary>.*command.published.*</details>.*"), page);
  }
}
