package flowmatching.ros.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.MultiArrayLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of a process that ends while its nodes are open. */
@Timeout(120)
class ProcessEndTest {
  private static final int STATUS = 3;
  private static final String EXITS = "exits";
  private static final int SECONDS = 60;

  @BeforeAll
  static void needsFastDds() {
    FastDds.assumeAvailable();
  }

  /** A program that ends while messages come. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) throws InterruptedException {
      DiscoverySettings settings = new DiscoverySettings(Integer.parseInt(arguments[0]), DiscoverySettings.Range.LOCALHOST, List.of());
      WireGraph listener = WireGraph.join(GraphNames.of("/", "listener"), false, settings);
      WireGraph talker = WireGraph.join(GraphNames.of("/", "talker"), false, settings);
      listener.subscribe("numbers", Float64MultiArray.TYPE, QualityOfService.DEFAULT, message -> {});
      Publisher<Float64MultiArray> publisher = talker.advertise("numbers", Float64MultiArray.TYPE, QualityOfService.DEFAULT);
      Float64MultiArray message = new Float64MultiArray(MultiArrayLayout.LIST, new double[5000]);
      Thread flood = new Thread(() -> {
        while (true) {
          publisher.publish(message);
        }
      });
      flood.setDaemon(true);
      flood.start();
      while (publisher.subscriptions() == 0) {
        Thread.sleep(10);
      }
      Thread.sleep(300);
      System.out.println(EXITS);
      System.exit(STATUS);
    }
  }

  @Test
  void aProgramThatExitsWhileMessagesComeEnds() throws Exception {
    String domain = String.valueOf(10 + ProcessHandle.current().pid() % 40 * 2);
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    for (int i = 0; i < 5; i++) {
      Process process = new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), Program.class.getName(), domain)
          .redirectError(ProcessBuilder.Redirect.DISCARD).start();
      try {
        // A thread that reads cannot be interrupted: its wait needs an end of its own.
        assertTrue(CompletableFuture.supplyAsync(() -> process.inputReader().lines().anyMatch(EXITS::equals)).get(SECONDS, TimeUnit.SECONDS));
        assertTrue(process.waitFor(15, TimeUnit.SECONDS), "it hangs, time " + (i + 1));
        assertEquals(STATUS, process.exitValue());
      } finally {
        process.destroyForcibly();
      }
    }
  }
}
