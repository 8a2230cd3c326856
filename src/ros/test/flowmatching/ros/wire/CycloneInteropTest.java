package flowmatching.ros.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import flowmatching.ros.cdr.TypeHash;
import flowmatching.ros.graph.Await;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.ServiceClient;
import flowmatching.ros.graph.Subscription;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.MessageType;
import flowmatching.ros.message.MultiArrayDimension;
import flowmatching.ros.message.MultiArrayLayout;
import flowmatching.ros.message.Time;
import flowmatching.ros.message.Trigger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against Cyclone DDS, the other implementation that ROS uses. */
@Timeout(120)
@SuppressWarnings("try") // a peer is there to be met, not always to be asked
class CycloneInteropTest {
  private static final QualityOfService QUALITY = QualityOfService.DEFAULT;

  @BeforeAll
  static void needsThePeer() throws Exception {
    DdsPeer.assumeAvailable();
  }

  @Test
  void messagesComeBackFieldByField() throws Exception {
    byte[] pixels = new byte[640 * 480 * 3];
    new Random(1).nextBytes(pixels);
    Header header = new Header(new Time(-5, 999_999_999), "café");
    try (WireGraph node = DdsPeer.node("/", "node"); DdsPeer peer = DdsPeer.joined("echo")) {
      JointState joints = echo(node, "joint_states", JointState.TYPE, new JointState(
          header, List.of("a", "", "joint_3"), new double[] {1.5, Double.NaN, -0.0}, new double[0], new double[] {1e308}));
      assertEquals(header, joints.header());
      assertEquals(List.of("a", "", "joint_3"), joints.name());
      assertArrayEquals(new double[] {1.5, Double.NaN, -0.0}, joints.position());
      assertArrayEquals(new double[] {1e308}, joints.effort());

      Image image = echo(node, "image", Image.TYPE, new Image(header, 480, 640, "rgb8", true, 1920, pixels));
      assertEquals(List.of(header, 480, 640, "rgb8", true, 1920),
          List.of(image.header(), image.height(), image.width(), image.encoding(), image.bigEndian(), image.step()));
      assertArrayEquals(pixels, image.data());

      MultiArrayLayout layout = new MultiArrayLayout(List.of(new MultiArrayDimension("joints", 2, 2)), 1);
      Float64MultiArray command = echo(node, "command", Float64MultiArray.TYPE, new Float64MultiArray(layout, new double[] {1, 2, 3}));
      assertEquals(layout, command.layout());
      assertArrayEquals(new double[] {1, 2, 3}, command.data());
    }
  }

  private static <M> M echo(WireGraph node, String topic, MessageType<M> type, M message) {
    AtomicReference<M> back = new AtomicReference<>();
    Subscription echoed = node.subscribe(topic + "_echo", type, QUALITY, back::set);
    Publisher<M> publisher = node.advertise(topic, type, QUALITY);
    Await.until("both ends are connected", () -> publisher.subscriptions() == 1 && echoed.publishers() == 1);
    again(() -> publisher.publish(message), topic + " comes back", () -> back.get() != null);
    return back.get();
  }

  /** Sends until it is heard: the peer may connect a moment after us, and what is volatile it has missed then. */
  static void again(Runnable send, String what, BooleanSupplier heard) {
    long[] sent = {0};
    Await.until(what, () -> {
      if (System.nanoTime() - sent[0] > 200_000_000L) {
        sent[0] = System.nanoTime();
        send.run();
      }
      return heard.getAsBoolean();
    });
  }

  @Test
  void thePeerSeesTheNodeItsEndpointsAndWhatRosWritesBesideThem() throws Exception {
    try (WireGraph node = DdsPeer.node("/left", "policy")) {
      node.subscribe("image", Image.TYPE, QUALITY, image -> {});
      node.advertise("~/command", Float64MultiArray.TYPE, QUALITY);
      node.serve("~/enable", Trigger.TYPE, request -> new Trigger.Response(true, ""));
      JsonNode seen;
      try (DdsPeer peer = DdsPeer.joined("graph")) {
        seen = new ObjectMapper().readTree(peer.next());
      }
      JsonNode own = only(seen.get("nodes"), "name", "policy");
      assertEquals("/left", own.get("namespace").asText());
      JsonNode participant = only(seen.get("participants"), "key", own.get("participant").asText());
      assertEquals("enclave=/;", participant.get("user_data").asText());
      assertEndpoint(own, seen, "readers", "rt/left/image", "sensor_msgs::msg::dds_::Image_", "sensor_msgs/msg/Image");
      assertEndpoint(own, seen, "writers", "rt/left/policy/command", "std_msgs::msg::dds_::Float64MultiArray_", "std_msgs/msg/Float64MultiArray");
      assertEndpoint(own, seen, "readers", "rq/left/policy/enableRequest", "std_srvs::srv::dds_::Trigger_Request_", "std_srvs/srv/Trigger_Request");
      assertEndpoint(own, seen, "writers", "rr/left/policy/enableReply", "std_srvs::srv::dds_::Trigger_Response_", "std_srvs/srv/Trigger_Response");
    }
  }

  private static void assertEndpoint(JsonNode node, JsonNode seen, String kind, String topic, String type, String rosType) {
    JsonNode endpoint = only(seen.get(kind), "topic", topic);
    assertEquals(type, endpoint.get("type").asText());
    assertEquals("typehash=" + TypeHash.of(rosType) + ";", endpoint.get("user_data").asText());
    assertTrue(StreamSupport.stream(node.get(kind).spliterator(), false).anyMatch(gid -> gid.asText().equals(endpoint.get("key").asText())),
        () -> "ros_discovery_info lacks " + endpoint);
  }

  private static JsonNode only(JsonNode list, String key, String value) {
    List<JsonNode> found =
        StreamSupport.stream(list.spliterator(), false).filter(item -> item.get(key).asText().equals(value)).toList();
    assertEquals(1, found.size(), () -> value + " in " + list);
    return found.get(0);
  }

  @Test
  void theNodeSeesAPeersNodeOfHumbleAndOfLaterRos() throws Exception {
    for (String gidSize : List.of("16", "24")) {
      try (WireGraph node = DdsPeer.node("/", "policy")) {
        try (DdsPeer peer = DdsPeer.joined("node", gidSize)) {
          GraphDescription.RemoteEndpoint joints = new GraphDescription.RemoteEndpoint(
              "publisher", "/joint_states", "sensor_msgs/msg/JointState", "", true, false, "/peer/robot");
          Await.until("the peer is seen, gids of " + gidSize, () -> node.describe().endpoints().contains(joints));
          assertEquals(List.of("/policy", "/peer/robot"), node.describe().nodes());
          assertEquals("heard policy", peer.next());
        }
        Await.value(List.of("/policy"), () -> node.describe().nodes());
      }
    }
  }

  @Test
  void aNodeWithoutANameHidesNoOther() throws Exception {
    try (WireGraph node = DdsPeer.node("/", "policy"); DdsPeer peer = DdsPeer.joined("node", "16", "", "robot")) {
      Await.until("the other is seen", () -> node.describe().nodes().containsAll(List.of("/policy", "/peer/robot")));
    }
  }

  @Test
  void callsInTheMappingOfCycloneAreAnswered() throws Exception {
    try (WireGraph node = DdsPeer.node("/", "node")) {
      node.serve("~/enable", Trigger.TYPE, request -> new Trigger.Response(true, "enabled"));
      try (DdsPeer peer = DdsPeer.joined("call")) {
        for (int call = 1; call <= 5; call++) {
          assertEquals(call + " " + call + " True enabled", peer.next());
        }
      }
    }
  }

  @Test
  void serversInTheMappingOfCycloneAreCalled() throws Exception {
    try (WireGraph node = DdsPeer.node("/", "node")) {
      ServiceClient<Trigger.Request, Trigger.Response> client = node.client("/peer/enable", Trigger.TYPE);
      DdsPeer peer = DdsPeer.joined("serve");
      Await.until("the server is seen", client::available);
      AtomicReference<Trigger.Response> first = new AtomicReference<>();
      again(() -> client.call(new Trigger.Request()).thenAccept(first::set), "an answer", () -> first.get() != null);
      for (int call = 1; call <= 5; call++) {
        Trigger.Response response = client.call(new Trigger.Request()).get(20, TimeUnit.SECONDS);
        assertTrue(response.success() && response.message().startsWith("request "), response.toString());
      }
      peer.close();
      Await.until("the server is gone", () -> !client.available());
      CompletableFuture<Trigger.Response> late = client.call(new Trigger.Request());
      assertThrows(ExecutionException.class, () -> late.get(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void garbageIsRefusedAndCounted() throws Exception {
    try (WireGraph node = DdsPeer.node("/", "node")) {
      List<JointState> received = Collections.synchronizedList(new ArrayList<>());
      Subscription joints = node.subscribe("joint_states", JointState.TYPE, QUALITY, received::add);
      Subscription images = node.subscribe("image", Image.TYPE, QUALITY, image -> {});
      node.serve("~/enable", Trigger.TYPE, request -> new Trigger.Response(true, ""));
      try (DdsPeer peer = DdsPeer.joined("garbage", "300", "rt/joint_states=sensor_msgs::msg::dds_::JointState_",
          "rt/image=sensor_msgs::msg::dds_::Image_", "rq/node/enableRequest=std_srvs::srv::dds_::Trigger_Request_")) {
        Await.until("the good one comes", () -> List.copyOf(received).stream().anyMatch(joint -> joint.header().frameId().equals("restart")));
        Await.until(() -> "more are refused: " + joints.refused() + " and " + images.refused() + " messages, " + node.refusedRequests() + " requests",
            () -> joints.refused() > 250 && images.refused() > 250 && node.refusedRequests() > 100);
      }
      for (Subscription garbage : List.of(joints, images)) { // by chance some are messages
        long taken = garbage.received() + garbage.dropped();
        assertTrue(garbage.refused() > 5 * taken, () -> garbage.name() + ": " + garbage.refused() + " refused, " + taken + " taken");
      }
      assertFalse(node.describe().nodes().isEmpty());
    }
  }

  @Test
  void picturesThatComeTooFastAreReceivedOrCountedAsOvertakenOrLost() throws Exception {
    try (WireGraph node = DdsPeer.node("/", "node")) {
      Subscription images = node.subscribe("camera", Image.TYPE, QualityOfService.NEWEST, image -> {});
      LongSupplier counted = () -> images.received() + images.dropped() + images.lost();
      try (DdsPeer peer = DdsPeer.joined("flood", "500")) {
        Await.value(1, images::publishers);
        peer.go();
        Await.value(1L, counted::getAsLong); // what is lost is counted from here
        peer.go();
        Await.until(() -> images.received() + " received, " + images.dropped() + " overtaken, " + images.lost() + " lost", () -> counted.getAsLong() >= 502);
        long written = Long.parseLong(peer.end());
        assertTrue(counted.getAsLong() <= written, () -> counted.getAsLong() + " counted, " + written + " written");
      }
    }
  }

  @Test
  void aPublisherThatRestartsIsHeardEachTime() throws Exception {
    try (WireGraph node = DdsPeer.node("/", "node")) {
      List<Double> received = Collections.synchronizedList(new ArrayList<>());
      node.subscribe("joint_states", JointState.TYPE, QUALITY, joints -> received.add(joints.position()[0]));
      try (DdsPeer peer = DdsPeer.start("restart", "5")) {
        Await.value(List.of(0.0, 1.0, 2.0, 3.0, 4.0), () -> List.copyOf(received));
      }
    }
  }

  @Test
  void aPeerThatDiesIsMissedAndNothingElse() throws Exception {
    try (WireGraph node = DdsPeer.node("/", "node")) {
      Subscription joints = node.subscribe("joint_states", JointState.TYPE, QUALITY, message -> {});
      DdsPeer peer = DdsPeer.joined("node", "16");
      Await.value(1, joints::publishers);
      peer.kill();
      Await.value(0, joints::publishers);
      Await.value(List.of("/node"), () -> node.describe().nodes());
    }
  }
}
