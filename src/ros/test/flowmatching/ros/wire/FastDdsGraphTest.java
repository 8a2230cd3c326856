package flowmatching.ros.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.ros.graph.Await;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.RobotGraphContract;
import flowmatching.ros.graph.ServiceClient;
import flowmatching.ros.message.CompressedImage;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.Time;
import flowmatching.ros.message.Trigger;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class FastDdsGraphTest extends RobotGraphContract {
  /** Differs between processes that run on one machine, and keeps its ports below those that the system hands out. */
  private static final int DOMAIN = (int) (10 + ProcessHandle.current().pid() % 40 * 2);

  @BeforeAll
  static void needsFastDds() {
    FastDds.assumeAvailable();
  }

  private static DiscoverySettings domain(int domain) {
    return new DiscoverySettings(domain, DiscoverySettings.Range.LOCALHOST, List.of());
  }

  @Override
  protected WireGraph join(GraphNames names, boolean simulatedTime) {
    return WireGraph.join(names, simulatedTime, domain(DOMAIN));
  }

  private WireGraph node(String name) {
    return join(GraphNames.of("/", name), false);
  }

  @Test
  void aTopicCarriesOneTypeInANode() {
    try (RobotGraph node = node("node")) {
      node.advertise("image", Image.TYPE, QualityOfService.DEFAULT);
      String reason = assertThrows(BadInputException.class,
          () -> node.subscribe("image", CompressedImage.TYPE, QualityOfService.DEFAULT, message -> {})).getMessage();
      assertTrue(reason.contains("/image") && reason.contains("sensor_msgs/msg/Image") && reason.contains("sensor_msgs/msg/CompressedImage"),
          reason);
    }
  }

  @Test
  void aPublisherOfAnotherTypeIsNotConnected() {
    try (WireGraph node = node("node"); WireGraph other = node("other")) {
      var joints = node.subscribe("topic", JointState.TYPE, QualityOfService.DEFAULT, message -> {});
      var right = node("third");
      other.advertise("topic", Image.TYPE, QualityOfService.DEFAULT);
      right.advertise("topic", JointState.TYPE, QualityOfService.DEFAULT);
      Await.value(1, joints::publishers);
      Await.until("both are seen", () -> node.describe().endpoints().stream().filter(e -> e.kind().equals("publisher")).count() == 2);
      assertEquals(1, joints.publishers());
      right.close();
    }
  }

  @Test
  void jointStatesOutlastAPauseOfTheThreadThatReceivesThem() {
    try (WireGraph node = node("node"); WireGraph robot = node("robot")) {
      var joints = node.subscribe("joint_states", JointState.TYPE, QualityOfService.NEWEST, message -> {});
      var publisher = robot.advertise("joint_states", JointState.TYPE, QualityOfService.DEFAULT);
      Await.until("both ends are connected", () -> publisher.subscriptions() == 1 && joints.publishers() == 1);
      JointState message = new JointState(new Header(new Time(0, 0), ""), List.of("a"), new double[1], new double[0], new double[0]);
      synchronized (joints) { // receiving waits for this
        for (int i = 0; i < 200; i++) {
          publisher.publish(message);
        }
      }
      Await.value(200L, () -> joints.received() + joints.dropped());
      assertEquals(0, joints.lost());
    }
  }

  @Test
  void aServiceIsServedOnceInANode() {
    try (RobotGraph node = node("node")) {
      var first = node.serve("enable", Trigger.TYPE, request -> null);
      assertThrows(BadInputException.class, () -> node.serve("enable", Trigger.TYPE, request -> null));
      first.close();
      node.serve("enable", Trigger.TYPE, request -> null);
    }
  }

  @Test
  void nodesOfOneNameAreBothSeen() {
    try (WireGraph first = node("twin"); WireGraph second = node("twin")) {
      Await.value(List.of("/twin", "/twin"), () -> first.describe().nodes());
      Await.value(List.of("/twin", "/twin"), () -> second.describe().nodes());
    }
  }

  @Test
  void nodesOfOtherDomainsAreNotSeen() {
    try (WireGraph here = node("here"); WireGraph there = WireGraph.join(GraphNames.of("/", "there"), false, domain(DOMAIN + 1)); WireGraph near = node("near")) {
      Await.value(List.of("/here", "/near"), () -> here.describe().nodes());
      assertEquals(List.of("/there"), there.describe().nodes());
      Await.value(List.of("/near", "/here"), () -> near.describe().nodes());
    }
  }

  @Test
  void aNodeThatLooksForNobodySeesNobody() throws InterruptedException {
    DiscoverySettings off = new DiscoverySettings(DOMAIN, DiscoverySettings.Range.OFF, List.of());
    try (WireGraph hermit = WireGraph.join(GraphNames.of("/", "hermit"), false, off); WireGraph node = node("node"); WireGraph other = node("other")) {
      Await.value(List.of("/node", "/other"), () -> node.describe().nodes());
      assertEquals(List.of("/hermit"), hermit.describe().nodes());
      Await.value(List.of("/other", "/node"), () -> other.describe().nodes());
    }
  }

  @Test
  void aPeerThatNobodyKnowsIsNamed() {
    DiscoverySettings settings = new DiscoverySettings(DOMAIN, DiscoverySettings.Range.SUBNET, List.of("no-such-host.invalid"));
    String reason =
        assertThrows(BadInputException.class, () -> WireGraph.join(GraphNames.of("/", "node"), false, settings)).getMessage();
    assertTrue(reason.contains("no-such-host.invalid"), reason);
  }

  @Test
  void requestsThatAServerLeavesUnansweredFailWhenItGoes() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    try (WireGraph client = node("client")) {
      WireGraph server = node("server");
      server.serve("slow", Trigger.TYPE, request -> {
        asked.countDown();
        throw new IllegalStateException("on purpose");
      });
      ServiceClient<Trigger.Request, Trigger.Response> calls = client.client("slow", Trigger.TYPE);
      Await.until("the server is seen", calls::available);
      CompletableFuture<Trigger.Response> call = calls.call(new Trigger.Request());
      assertTrue(asked.await(20, TimeUnit.SECONDS));
      server.close();
      assertThrows(ExecutionException.class, () -> call.get(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void whatIsClosedIsQuiet() {
    WireGraph node = node("node");
    var publisher = node.advertise("joints", JointState.TYPE, QualityOfService.DEFAULT);
    var client = node.client("enable", Trigger.TYPE);
    node.close();
    node.close();
    publisher.publish(null);
    publisher.close();
    assertEquals(0, publisher.subscriptions());
    assertTrue(client.call(new Trigger.Request()).isCompletedExceptionally());
    assertEquals(List.of(), node.describe().nodes());
    assertThrows(IllegalStateException.class, () -> node.advertise("joints", JointState.TYPE, QualityOfService.DEFAULT));
  }
}
