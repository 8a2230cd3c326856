package flowmatching.ros.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import flowmatching.control.ControllerState;
import flowmatching.ros.graph.Await;
import flowmatching.ros.graph.ServiceClient;
import flowmatching.ros.message.Trigger;
import flowmatching.ros.node.PolicyNode;
import flowmatching.ros.parameter.ParameterServices;
import flowmatching.ros.parameter.Parameters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Against the crate {@code ros2-client}, a third implementation of DDS. It finds others by multicast only, so this runs from
 * .ci/interop.sh, which names its binary in {@code FLOWMATCHING_ROS2_CLIENT}.
 */
@Timeout(120)
class Ros2ClientInteropTest {
  private static final String PEER = System.getenv("FLOWMATCHING_ROS2_CLIENT");

  @BeforeAll
  static void needsThePeer() {
    FastDds.assumeAvailable();
    assumeTrue(PEER != null, "run .ci/interop.sh");
  }

  private static Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(PEER));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  private static String run(String... arguments) throws IOException {
    return new String(start(arguments).getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  @Test
  void itSeesTheNode() throws Exception {
    try (WireGraph node = DdsPeer.node("/left", "policy")) {
      String seen = run("nodes", node.names().fullName());
      assertTrue(seen.lines().anyMatch(node.names().fullName()::equals), seen);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"enhanced", "cyclone"})
  void itsCallsAreAnsweredInBothMappings(String mapping) throws Exception {
    try (WireGraph node = DdsPeer.node("/left", "policy")) {
      node.serve("~/enable", Trigger.TYPE, request -> new Trigger.Response(true, "enabled by " + node.names().node()));
      assertEquals("true enabled by policy", run(mapping, "trigger", "/left/policy/enable"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"enhanced", "cyclone"})
  void itListsGetsAndSetsParametersInBothMappings(String mapping) throws Exception {
    Parameters parameters = Parameters.defaults();
    try (WireGraph node = DdsPeer.node("/left", "policy");
        ParameterServices services = new ParameterServices(node, parameters, refusal -> {})) {
      String target = node.names().fullName();
      Set<String> listed = Set.of(run(mapping, "list", target).split(" "));
      assertTrue(listed.containsAll(parameters.definitions().keySet()), listed.toString());
      assertTrue(run(mapping, "get", target, "num_steps").contains("int_value: " + parameters.integer("num_steps") + ","));
      assertTrue(run(mapping, "set", target, "num_steps", "7").contains("successful: true"));
      assertEquals(7, parameters.integer("num_steps"));
      assertTrue(run(mapping, "set", target, "num_steps", "-1").contains("successful: false"));
      assertEquals(7, parameters.integer("num_steps"));
      assertNotNull(services);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"enhanced", "cyclone"})
  void itLeadsTheNodeThroughItsLifecycleInBothMappings(String mapping) throws Exception {
    try (WireGraph graph = DdsPeer.node("/left", "policy"); PolicyNode node = PolicyNodeInteropTest.node(graph, Parameters.defaults())) {
      String target = graph.names().fullName();
      assertEquals("2 inactive", run(mapping, "state", target));
      assertEquals("true", run(mapping, "change", target, "3"));
      assertEquals("3 active", run(mapping, "state", target));
      assertEquals("false", run(mapping, "change", target, "1"));
      assertNotEquals(ControllerState.INACTIVE, node.status().state());
    }
  }

  @Test
  void itsServersAreCalled() throws Exception {
    try (WireGraph node = DdsPeer.node("/", "policy"); Server server = new Server("/rust/enable")) {
      assertEquals(new Trigger.Response(true, "from rust"), server.call(node));
    }
  }

  /** Their readers share a multicast address, which made Fast DDS end the process; see native/opening_transport.hpp. */
  @Test
  void severalPeersThatShareAMulticastAddressAreCalled() throws Exception {
    try (WireGraph node = DdsPeer.node("/", "policy");
        Server first = new Server("/first/enable");
        Server second = new Server("/second/enable")) {
      assertEquals(new Trigger.Response(true, "from rust"), first.call(node));
      assertEquals(new Trigger.Response(true, "from rust"), second.call(node));
    }
  }

  /** A peer that serves {@code std_srvs/Trigger}. */
  private record Server(String service, Process peer) implements AutoCloseable {
    Server(String service) throws IOException {
      this(service, start("enhanced", "serve", service));
      assertEquals("ready", peer.inputReader().readLine());
    }

    Trigger.Response call(WireGraph node) throws Exception {
      ServiceClient<Trigger.Request, Trigger.Response> client = node.client(service, Trigger.TYPE);
      Await.until(service + " is seen", client::available);
      AtomicReference<Trigger.Response> first = new AtomicReference<>();
      CycloneInteropTest.again(() -> client.call(new Trigger.Request()).thenAccept(first::set), "an answer", () -> first.get() != null);
      return client.call(new Trigger.Request()).get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
      peer.destroy();
    }
  }
}
