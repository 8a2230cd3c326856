package flowmatching.ros.rcljava;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import flowmatching.BadInputException;
import flowmatching.ros.graph.Await;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.RobotGraphContract;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.MultiArrayLayout;
import flowmatching.ros.message.Trigger;
import flowmatching.ros.wire.WireGraph;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The contract over rcljava, in a process of its own where a workspace that has it is sourced, on the domain that the environment says:
 * {@code ROS_DOMAIN_ID=87 ./mvnw -pl src/ros -am test -Dgroups=ros -DexcludedGroups= -Dtest=RcljavaGraphTest}.
 */
@Tag("ros")
class RcljavaGraphTest extends RobotGraphContract {
  @BeforeAll
  static void needsRcljava() {
    assumeTrue(System.getenv().getOrDefault("CLASSPATH", "").contains("rcljava.jar"), "no workspace that has rcljava is sourced");
  }

  @Override
  protected WireGraph join(GraphNames names, boolean simulatedTime) {
    return RcljavaGraph.join(names, simulatedTime);
  }

  @Test
  void aNodeOfTheProgramIsJoinedAndLeftAsItIs() {
    RcljavaNode program = Rcljava.ofWorkspace().node(GraphNames.of("/left", "arm"));
    try (WireGraph other = RcljavaGraph.join(GraphNames.of("/", "other"), false)) {
      try (RobotGraph policy = RcljavaGraph.joinAs(program.node(), List.of("image:=/camera/image"), false)) {
        assertEquals("/left/arm", policy.names().fullName());
        assertEquals("/left/arm/enable", policy.serve("~/enable", Trigger.TYPE, request -> new Trigger.Response(true, "")).name());
        var client = other.client("/left/arm/enable", Trigger.TYPE);
        Await.until("the service is seen", client::available);
        assertTrue(client.call(new Trigger.Request()).join().success());
      }
      Await.until("the service is gone", () -> other.describe().endpoints().stream().noneMatch(end -> end.kind().equals("server")));
      assertTrue(other.describe().nodes().contains("/left/arm"), "the node of the program has left");
    } finally {
      program.close();
    }
  }

  @Test
  void aProgramMayShutItsContextDownBeforeTheGraphIsClosed() {
    RcljavaNode program = Rcljava.ofWorkspace().node(GraphNames.of("/", "program"));
    try (WireGraph graph = WireGraph.joinAs(GraphNames.of("/", "program"), false, program.handle(), () -> {})) {
      Publisher<Float64MultiArray> publisher = graph.advertise("numbers", Float64MultiArray.TYPE, QualityOfService.DEFAULT);
      graph.subscribe("numbers", Float64MultiArray.TYPE, QualityOfService.DEFAULT, message -> {});
      Await.value(1, publisher::subscriptions);
      Reflection.call(program.context(), "shutdown");
      publisher.publish(new Float64MultiArray(MultiArrayLayout.LIST, new double[1]));
      assertEquals(0, publisher.subscriptions());
      String reason = assertThrows(IllegalStateException.class, graph::describe).getMessage();
      assertTrue(reason.contains("context is invalid"), reason);
    } finally {
      program.close();
    }
  }

  @Test
  void theNodeHasNoParametersNorLogOfItsOwn() {
    try (WireGraph node = RcljavaGraph.join(GraphNames.of("/", "plain"), false)) {
      node.advertise("numbers", Float64MultiArray.TYPE, QualityOfService.DEFAULT);
      Await.until("the publisher is seen", () -> !node.topicEndpoints().isEmpty());
      assertEquals(List.of("/numbers"), node.describe().endpoints().stream().map(end -> end.name()).toList());
    }
  }

  @Test
  void aNodeThatIsDisposedOfIsRefused() {
    RcljavaNode node = Rcljava.ofWorkspace().node(GraphNames.of("/", "gone"));
    node.close();
    assertThrows(BadInputException.class, () -> RcljavaGraph.joinAs(node.node(), List.of(), false));
  }

  @Test
  void aNameThatRosDoesNotTakeIsRefusedInWords() {
    String reason = assertThrows(BadInputException.class, () -> RcljavaGraph.join(GraphNames.of("/", "x".repeat(300)), false)).getMessage();
    assertTrue(reason.contains("rcljava") && reason.contains("createNode"), reason);
  }
}
