package flowmatching.ros.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.ros.graph.QualityOfService.Durability;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.graph.TopicEndpoint.Kind;
import flowmatching.ros.message.CompressedImage;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.MultiArrayLayout;
import flowmatching.ros.message.StringMessage;
import flowmatching.ros.message.Time;
import flowmatching.ros.message.Trigger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Topics: who hears what, in which order, under which names. */
interface TopicContract extends ContractNodes {
  @Test
  default void messagesArriveInOrderAndComplete() {
    Publisher<Float64MultiArray> publisher = advertise(node("talker"), "numbers", RELIABLE_100);
    List<Double> received = collect(node("listener"), "/numbers", RELIABLE_100);
    awaitSubscriptions(1, publisher);
    List<Double> sent = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      publisher.publish(number(i));
      sent.add((double) i);
    }
    Await.value(sent, () -> List.copyOf(received));
  }

  @Test
  default void everySubscriptionGetsEveryMessage() {
    RobotGraph listener = node("listener");
    List<Double> first = collect(listener, "numbers", QualityOfService.DEFAULT);
    List<Double> second = collect(listener, "numbers", QualityOfService.DEFAULT);
    Publisher<Float64MultiArray> publisher = advertise(listener, "numbers", QualityOfService.DEFAULT);
    awaitSubscriptions(2, publisher);
    publisher.publish(number(4));
    Await.value(List.of(4.0), () -> List.copyOf(first));
    Await.value(List.of(4.0), () -> List.copyOf(second));
  }

  @Test
  default void namesAreResolvedInTheNodesNamespaceAndRemapped() {
    GraphNames names = new GraphNames("/robot", "policy", List.of("image:=/camera/image", "~/out:=out"));
    RobotGraph node = node(names, false);
    assertEquals("/camera/image", advertise(node, "image", QualityOfService.DEFAULT).name());
    assertEquals("/robot/out", advertise(node, "~/out", QualityOfService.DEFAULT).name());
    assertEquals("/robot/policy/enable", node.serve("~/enable", Trigger.TYPE, request -> null).name());
    assertThrows(BadInputException.class, () -> advertise(node, "not a name", QualityOfService.DEFAULT));
  }

  @Test
  default void callbacksOfANodeRunOneAtATime() {
    RobotGraph listener = node("listener");
    AtomicInteger running = new AtomicInteger();
    AtomicInteger overlaps = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    for (String topic : List.of("a", "b")) {
      listener.subscribe(topic, Float64MultiArray.TYPE, RELIABLE_100, message -> {
        overlaps.addAndGet(running.getAndIncrement());
        Thread.yield();
        running.decrementAndGet();
        done.incrementAndGet();
      });
    }
    Publisher<Float64MultiArray> first = advertise(node("one"), "a", RELIABLE_100);
    Publisher<Float64MultiArray> second = advertise(node("two"), "b", RELIABLE_100);
    awaitSubscriptions(1, first);
    awaitSubscriptions(1, second);
    for (int i = 0; i < 50; i++) {
      first.publish(number(i));
      second.publish(number(i));
    }
    Await.value(100, done::get);
    assertEquals(0, overlaps.get());
  }

  @Test
  default void aListenerThatThrowsEndsNothing() {
    RobotGraph listener = node("listener");
    List<Double> received = Collections.synchronizedList(new ArrayList<>());
    listener.subscribe("numbers", Float64MultiArray.TYPE, QualityOfService.DEFAULT, message -> {
      received.add(message.data()[0]);
      throw new IllegalStateException("on purpose");
    });
    Publisher<Float64MultiArray> publisher = advertise(node("talker"), "numbers", QualityOfService.DEFAULT);
    awaitSubscriptions(1, publisher);
    publisher.publish(number(1));
    publisher.publish(number(2));
    Await.value(List.of(1.0, 2.0), () -> List.copyOf(received));
  }

  @Test
  default void aListenerThatExhaustsItsStackEndsNothing() {
    RobotGraph listener = node("listener");
    List<Double> received = Collections.synchronizedList(new ArrayList<>());
    listener.subscribe("numbers", Float64MultiArray.TYPE, QualityOfService.DEFAULT, message -> {
      received.add(message.data()[0]);
      throw new StackOverflowError("on purpose");
    });
    Publisher<Float64MultiArray> publisher = advertise(node("talker"), "numbers", QualityOfService.DEFAULT);
    awaitSubscriptions(1, publisher);
    publisher.publish(number(1));
    publisher.publish(number(2));
    Await.value(List.of(1.0, 2.0), () -> List.copyOf(received));
  }

  @Test
  default void arraysArriveAsTheyWereSent() {
    List<double[]> received = Collections.synchronizedList(new ArrayList<>());
    node("listener").subscribe(
        "numbers", Float64MultiArray.TYPE, QualityOfService.DEFAULT, message -> received.add(message.data()));
    Publisher<Float64MultiArray> publisher = advertise(node("talker"), "numbers", QualityOfService.DEFAULT);
    awaitSubscriptions(1, publisher);
    double[] values = {Double.NaN, Double.NEGATIVE_INFINITY, -0.0, Double.MIN_VALUE};
    publisher.publish(new Float64MultiArray(MultiArrayLayout.LIST, values));
    Await.until("the message came", () -> !received.isEmpty());
    assertArrayEquals(values, received.get(0));
  }

  @Test
  default void theEndsOfATopicAreSeenByEveryNodeUntilTheyAreClosed() {
    RobotGraph talker = node(GraphNames.of("/left", "talker"), false);
    RobotGraph listener = node("listener");
    talker.advertise("numbers", Float64MultiArray.TYPE, QualityOfService.LATCHED);
    Subscription subscription = listener.subscribe("/left/numbers", Float64MultiArray.TYPE, QualityOfService.SENSOR_DATA, message -> {});
    String type = Float64MultiArray.TYPE.name();
    TopicEndpoint publisher = new TopicEndpoint(
        Kind.PUBLISHER, "/left/numbers", type, Reliability.RELIABLE, Durability.TRANSIENT_LOCAL, "/left/talker");
    TopicEndpoint receiver = new TopicEndpoint(
        Kind.SUBSCRIPTION, "/left/numbers", type, Reliability.BEST_EFFORT, Durability.VOLATILE, "/listener");
    for (RobotGraph node : List.of(talker, listener)) {
      Await.value(Set.of(publisher, receiver), () -> Set.copyOf(node.topicEndpoints()));
    }
    subscription.close();
    for (RobotGraph node : List.of(talker, listener)) {
      Await.value(List.of(publisher), node::topicEndpoints);
    }
  }


  @Test
  default void everyPublisherOfATopicIsHeard() {
    RobotGraph listener = node("listener");
    List<Double> received = Collections.synchronizedList(new ArrayList<>());
    Subscription subscription = listener.subscribe(
        "numbers", Float64MultiArray.TYPE, RELIABLE_100, message -> received.add(message.data()[0]));
    Publisher<Float64MultiArray> first = advertise(node("first"), "numbers", RELIABLE_100);
    Publisher<Float64MultiArray> second = advertise(node("second"), "numbers", RELIABLE_100);
    awaitSubscriptions(1, first);
    awaitSubscriptions(1, second);
    Await.value(2, subscription::publishers);
    first.publish(number(1));
    second.publish(number(2));
    Await.value(Set.of(1.0, 2.0), () -> Set.copyOf(received));
  }

  @Test
  default void messagesOfEachPublisherStayInOrderUnderLoad() {
    QualityOfService thousand = new QualityOfService(1000, Reliability.RELIABLE, Durability.VOLATILE);
    List<Double> received = collect(node("listener"), "numbers", thousand);
    Publisher<Float64MultiArray> first = advertise(node("first"), "numbers", thousand);
    Publisher<Float64MultiArray> second = advertise(node("second"), "numbers", thousand);
    awaitSubscriptions(1, first);
    awaitSubscriptions(1, second);
    for (int i = 1; i <= 200; i++) {
      first.publish(number(i));
      second.publish(number(-i));
    }
    Await.value(400, received::size);
    List<Double> all = List.copyOf(received);
    List<Double> counted = IntStream.rangeClosed(1, 200).mapToObj(i -> (double) i).toList();
    assertEquals(counted, all.stream().filter(value -> value > 0).toList());
    assertEquals(counted, all.stream().filter(value -> value < 0).map(value -> -value).toList());
  }

  @Test
  default void picturesArriveWhole() {
    List<Image> received = Collections.synchronizedList(new ArrayList<>());
    node("listener").subscribe("image", Image.TYPE, RELIABLE_100, received::add);
    Publisher<Image> camera = node("camera").advertise("image", Image.TYPE, RELIABLE_100);
    awaitSubscriptions(1, camera);
    List<byte[]> pictures = new ArrayList<>();
    Random random = new Random(1);
    for (int i = 0; i < 5; i++) {
      byte[] pixels = new byte[640 * 480 * 3];
      random.nextBytes(pixels);
      pictures.add(pixels);
      camera.publish(new Image(new Header(new Time(i, 0), "camera"), 480, 640, "rgb8", false, 640 * 3, pixels));
    }
    Await.value(5, received::size);
    for (int i = 0; i < 5; i++) {
      assertEquals(new Header(new Time(i, 0), "camera"), received.get(i).header());
      assertArrayEquals(pictures.get(i), received.get(i).data());
    }
  }

  @Test
  default void textsArriveLetterByLetter() {
    List<String> received = Collections.synchronizedList(new ArrayList<>());
    node("listener").subscribe("text", StringMessage.TYPE, RELIABLE_100, message -> received.add(message.data()));
    Publisher<StringMessage> publisher = node("talker").advertise("text", StringMessage.TYPE, RELIABLE_100);
    awaitSubscriptions(1, publisher);
    List<String> texts = List.of("", "a", "Gelenk 1: 5 \u00b0, \u95a2\u7bc0, \ud83e\udd16", "long ".repeat(10_000));
    texts.forEach(text -> publisher.publish(new StringMessage(text)));
    Await.value(texts, () -> List.copyOf(received));
  }

  @Test
  default void aSubscriptionAndAPublisherMeetUnderRemappedNames() {
    RobotGraph policy = node(new GraphNames("/left", "policy", List.of("image:=/camera/image", "other:image:=/elsewhere")), false);
    RobotGraph camera = node(new GraphNames("/", "camera", List.of("~/raw:=/camera/image")), false);
    List<Double> received = collect(policy, "image", QualityOfService.DEFAULT);
    Publisher<Float64MultiArray> publisher = advertise(camera, "~/raw", QualityOfService.DEFAULT);
    awaitSubscriptions(1, publisher);
    publisher.publish(number(3));
    Await.value(List.of(3.0), () -> List.copyOf(received));
  }

  @Test
  default void equalNamesInOtherNamespacesAreOtherTopics() {
    List<Double> left = collect(node(GraphNames.of("/left", "listener"), false), "numbers", QualityOfService.DEFAULT);
    List<Double> right = collect(node(GraphNames.of("/right", "listener"), false), "numbers", QualityOfService.DEFAULT);
    RobotGraph talker = node("talker");
    Publisher<Float64MultiArray> toLeft = advertise(talker, "/left/numbers", QualityOfService.DEFAULT);
    Publisher<Float64MultiArray> toRight = advertise(talker, "right/numbers", QualityOfService.DEFAULT);
    awaitSubscriptions(1, toLeft);
    awaitSubscriptions(1, toRight);
    toLeft.publish(number(1));
    toRight.publish(number(2));
    Await.value(List.of(1.0), () -> List.copyOf(left));
    Await.value(List.of(2.0), () -> List.copyOf(right));
  }

  @Test
  default void aTopicCarriesOneTypeInANode() {
    RobotGraph node = node("node");
    node.advertise("image", Image.TYPE, QualityOfService.DEFAULT);
    String reason = assertThrows(BadInputException.class,
        () -> node.subscribe("image", CompressedImage.TYPE, QualityOfService.DEFAULT, message -> {})).getMessage();
    assertTrue(reason.contains("/image") && reason.contains("sensor_msgs/msg/Image") && reason.contains("sensor_msgs/msg/CompressedImage"),
        reason);
  }
}
