package flowmatching.ros.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.ros.graph.QualityOfService.Durability;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.graph.TopicEndpoint.Kind;
import flowmatching.ros.message.Clock;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.MultiArrayLayout;
import flowmatching.ros.message.Time;
import flowmatching.ros.message.Trigger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every adapter of {@link RobotGraph} does. A test class for an adapter extends this one and joins nodes. */
@Timeout(120)
public abstract class RobotGraphContract {
  private static final QualityOfService RELIABLE_100 = new QualityOfService(100, Reliability.RELIABLE, Durability.VOLATILE);

  private final List<RobotGraph> nodes = new ArrayList<>();

  /** A new node that sees the other nodes of the same test, and no others. */
  protected abstract RobotGraph join(GraphNames names, boolean simulatedTime);

  private RobotGraph node(String name) {
    return node(GraphNames.of("/", name), false);
  }

  private RobotGraph node(GraphNames names, boolean simulatedTime) {
    RobotGraph node = join(names, simulatedTime);
    nodes.add(node);
    return node;
  }

  @AfterEach
  void closeNodes() {
    nodes.forEach(RobotGraph::close);
  }

  private static Float64MultiArray number(double value) {
    return new Float64MultiArray(MultiArrayLayout.LIST, new double[] {value});
  }

  private static List<Double> collect(RobotGraph node, String topic, QualityOfService quality) {
    List<Double> values = Collections.synchronizedList(new ArrayList<>());
    node.subscribe(topic, Float64MultiArray.TYPE, quality, message -> values.add(message.data()[0]));
    return values;
  }

  private static Publisher<Float64MultiArray> advertise(RobotGraph node, String topic, QualityOfService quality) {
    return node.advertise(topic, Float64MultiArray.TYPE, quality);
  }

  private static void awaitSubscriptions(int count, Publisher<?> publisher) {
    Await.value(count, publisher::subscriptions);
  }

  @Test
  void messagesArriveInOrderAndComplete() {
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
  void everySubscriptionGetsEveryMessage() {
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
  void namesAreResolvedInTheNodesNamespaceAndRemapped() {
    GraphNames names = new GraphNames("/robot", "policy", List.of("image:=/camera/image", "~/out:=out"));
    RobotGraph node = node(names, false);
    assertEquals("/camera/image", advertise(node, "image", QualityOfService.DEFAULT).name());
    assertEquals("/robot/out", advertise(node, "~/out", QualityOfService.DEFAULT).name());
    assertEquals("/robot/policy/enable", node.serve("~/enable", Trigger.TYPE, request -> null).name());
    assertThrows(BadInputException.class, () -> advertise(node, "not a name", QualityOfService.DEFAULT));
  }

  @Test
  void aFullQueueLosesTheOldestMessagesAndCountsThem() throws InterruptedException {
    CountDownLatch busy = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    List<Double> received = Collections.synchronizedList(new ArrayList<>());
    QualityOfService two = new QualityOfService(2, Reliability.RELIABLE, Durability.VOLATILE);
    Subscription subscription = node("listener").subscribe("numbers", Float64MultiArray.TYPE, two, message -> {
      received.add(message.data()[0]);
      busy.countDown();
      awaitQuietly(go);
    });
    Publisher<Float64MultiArray> publisher = advertise(node("talker"), "numbers", RELIABLE_100);
    awaitSubscriptions(1, publisher);
    publisher.publish(number(0));
    assertTrue(busy.await(20, TimeUnit.SECONDS));
    for (int i = 1; i <= 9; i++) {
      publisher.publish(number(i));
    }
    Await.value(7L, subscription::dropped);
    go.countDown();
    Await.value(List.of(0.0, 8.0, 9.0), () -> List.copyOf(received));
    assertEquals(3, subscription.received());
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aLateSubscriptionGetsWhatATransientLocalPublisherKept() {
    QualityOfService three = new QualityOfService(3, Reliability.RELIABLE, Durability.TRANSIENT_LOCAL);
    Publisher<Float64MultiArray> publisher = advertise(node("talker"), "numbers", three);
    for (int i = 0; i < 5; i++) {
      publisher.publish(number(i));
    }
    RobotGraph late = node("late");
    List<Double> all = collect(late, "numbers", three);
    List<Double> last = collect(late, "numbers", QualityOfService.LATCHED);
    List<Double> none = collect(late, "numbers", QualityOfService.DEFAULT);
    awaitSubscriptions(3, publisher);
    Await.value(List.of(2.0, 3.0, 4.0), () -> List.copyOf(all));
    Await.until("the last message came", () -> !last.isEmpty() && last.get(last.size() - 1) == 4.0);
    publisher.publish(number(5));
    Await.value(List.of(5.0), () -> List.copyOf(none));
  }

  @Test
  void anOfferThatIsTooWeakDoesNotConnect() {
    RobotGraph node = node("node");
    Publisher<Float64MultiArray> weak = advertise(node, "numbers", QualityOfService.SENSOR_DATA);
    Publisher<Float64MultiArray> strong = advertise(node, "numbers", QualityOfService.DEFAULT);
    List<Double> received = Collections.synchronizedList(new ArrayList<>());
    Subscription subscription = node.subscribe(
        "numbers", Float64MultiArray.TYPE, QualityOfService.DEFAULT, message -> received.add(message.data()[0]));
    awaitSubscriptions(1, strong);
    assertEquals(0, weak.subscriptions());
    assertEquals(1, subscription.publishers());
    weak.publish(number(1));
    strong.publish(number(2));
    Await.value(List.of(2.0), () -> List.copyOf(received));
  }

  @Test
  void callbacksOfANodeRunOneAtATime() {
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
  void aListenerThatThrowsEndsNothing() {
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
  void aServiceAnswers() throws Exception {
    node("server").serve("~/enable", Trigger.TYPE, request -> new Trigger.Response(true, "enabled"));
    ServiceClient<Trigger.Request, Trigger.Response> client = node("client").client("/server/enable", Trigger.TYPE);
    Await.until("the server is seen", client::available);
    assertEquals(new Trigger.Response(true, "enabled"), client.call(new Trigger.Request()).get(20, TimeUnit.SECONDS));
  }

  @Test
  void aServiceThatNobodyServesIsNotAvailable() {
    ServiceClient<Trigger.Request, Trigger.Response> client = node("client").client("/nobody", Trigger.TYPE);
    assertFalse(client.available());
    assertThrows(ExecutionException.class, () -> client.call(new Trigger.Request()).get(20, TimeUnit.SECONDS));
  }

  @Test
  void aClosedSubscriptionHearsNothingMore() {
    RobotGraph listener = node("listener");
    List<Double> closed = Collections.synchronizedList(new ArrayList<>());
    Subscription subscription = listener.subscribe(
        "numbers", Float64MultiArray.TYPE, QualityOfService.DEFAULT, message -> closed.add(message.data()[0]));
    List<Double> open = collect(listener, "numbers", QualityOfService.DEFAULT);
    Publisher<Float64MultiArray> publisher = advertise(node("talker"), "numbers", QualityOfService.DEFAULT);
    awaitSubscriptions(2, publisher);
    subscription.close();
    awaitSubscriptions(1, publisher);
    publisher.publish(number(1));
    Await.value(List.of(1.0), () -> List.copyOf(open));
    assertEquals(List.of(), closed);
  }

  @Test
  void aClosedNodeLeavesTheGraph() {
    RobotGraph server = node("server");
    server.serve("~/enable", Trigger.TYPE, request -> new Trigger.Response(true, ""));
    collect(server, "numbers", QualityOfService.DEFAULT);
    RobotGraph other = node("other");
    Publisher<Float64MultiArray> publisher = advertise(other, "numbers", QualityOfService.DEFAULT);
    ServiceClient<Trigger.Request, Trigger.Response> client = other.client("/server/enable", Trigger.TYPE);
    awaitSubscriptions(1, publisher);
    Await.until("the server is seen", client::available);
    server.close();
    awaitSubscriptions(0, publisher);
    Await.until("the server is gone", () -> !client.available());
  }

  @Test
  void aNodeMayBeClosedFromItsOwnCallback() {
    RobotGraph listener = node("listener");
    AtomicInteger calls = new AtomicInteger();
    listener.subscribe("numbers", Float64MultiArray.TYPE, RELIABLE_100, message -> {
      calls.incrementAndGet();
      listener.close();
    });
    Publisher<Float64MultiArray> publisher = advertise(node("talker"), "numbers", RELIABLE_100);
    awaitSubscriptions(1, publisher);
    publisher.publish(number(1));
    publisher.publish(number(2));
    awaitSubscriptions(0, publisher);
    listener.close();
    assertEquals(1, calls.get());
  }

  @Test
  void simulatedTimeIsWhatTheClockTopicSaysAlsoZero() {
    RobotGraph node = node(GraphNames.of("/", "node"), true);
    Set<Long> steps = Collections.synchronizedSet(new LinkedHashSet<>());
    node.clock().onStep(steps::add);
    assertTrue(node.clock().simulated());
    assertFalse(node.clock().started());
    assertEquals(0, node.clock().now());
    Publisher<Clock> clock = node("simulator").advertise("/clock", Clock.TYPE, QualityOfService.DEFAULT);
    awaitSubscriptions(1, clock);
    for (long time : new long[] {0, 20_000_000, 5_000_000}) {
      Await.until("the clock shows " + time, () -> {
        clock.publish(new Clock(Time.ofNanoseconds(time))); // again and again: clocks take the newest, and nobody sends a lost one again
        return node.clock().started() && node.clock().now() == time;
      });
    }
    Await.value(List.of(0L, 20_000_000L, 5_000_000L), () -> List.copyOf(steps));
  }

  @Test
  void theSystemsTimeIsTheTimeOfDay() {
    GraphClock clock = node("node").clock();
    assertFalse(clock.simulated());
    assertTrue(clock.started());
    assertEquals(System.currentTimeMillis() * 1e6, clock.now(), 1e9);
    assertNotEquals(0, clock.monotonic());
  }

  @Test
  void arraysArriveAsTheyWereSent() {
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
  void theEndsOfATopicAreSeenByEveryNodeUntilTheyAreClosed() {
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
}
