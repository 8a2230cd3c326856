package flowmatching.ros.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.Trigger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Closing: what is closed is quiet, everywhere and also in the middle of traffic. */
interface ClosingContract extends ContractNodes {
  @Test
  default void aClosedSubscriptionHearsNothingMore() {
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
  default void aClosedNodeLeavesTheGraph() {
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
  default void aNodeMayBeClosedFromItsOwnCallback() {
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
  default void aClosedPublisherIsMissed() {
    RobotGraph listener = node("listener");
    Subscription subscription = listener.subscribe("numbers", Float64MultiArray.TYPE, QualityOfService.DEFAULT, message -> {});
    Publisher<Float64MultiArray> publisher = advertise(node("talker"), "numbers", QualityOfService.DEFAULT);
    Await.value(1, subscription::publishers);
    publisher.close();
    Await.value(0, subscription::publishers);
    publisher.publish(number(1));
    assertEquals(0, publisher.subscriptions());
  }

  @Test
  default void aClosedClientCallsNobody() {
    node("server").serve("enable", Trigger.TYPE, request -> new Trigger.Response(true, ""));
    RobotGraph caller = node("caller");
    ServiceClient<Trigger.Request, Trigger.Response> closed = caller.client("enable", Trigger.TYPE);
    ServiceClient<Trigger.Request, Trigger.Response> left = caller.client("enable", Trigger.TYPE);
    Await.until("the server is seen", () -> closed.available() && left.available());
    closed.close();
    caller.close();
    for (ServiceClient<Trigger.Request, Trigger.Response> client : List.of(closed, left)) {
      assertFalse(client.available());
      assertTrue(client.call(new Trigger.Request()).isCompletedExceptionally());
    }
  }

  @Test
  default void whatIsClosedIsQuiet() {
    RobotGraph node = node("node");
    Publisher<Float64MultiArray> publisher = advertise(node, "numbers", QualityOfService.DEFAULT);
    ServiceClient<Trigger.Request, Trigger.Response> client = node.client("enable", Trigger.TYPE);
    node.close();
    node.close();
    publisher.publish(number(1));
    publisher.close();
    assertEquals(0, publisher.subscriptions());
    assertTrue(client.call(new Trigger.Request()).isCompletedExceptionally());
    assertThrows(IllegalStateException.class, () -> advertise(node, "numbers", QualityOfService.DEFAULT));
  }

  @Test
  default void aNodeMayBeClosedWhileMessagesFlow() throws Exception {
    Publisher<Float64MultiArray> publisher = advertise(node("talker"), "numbers", RELIABLE_100);
    AtomicBoolean enough = new AtomicBoolean();
    Thread flood = new Thread(() -> {
      while (!enough.get()) {
        publisher.publish(number(1));
      }
    });
    flood.start();
    try {
      for (int i = 0; i < 3; i++) {
        RobotGraph listener = node("listener");
        AtomicInteger heard = new AtomicInteger();
        AtomicBoolean closed = new AtomicBoolean();
        AtomicInteger late = new AtomicInteger();
        listener.subscribe("numbers", Float64MultiArray.TYPE, RELIABLE_100, message -> {
          heard.incrementAndGet();
          late.addAndGet(closed.get() ? 1 : 0);
        });
        Await.until("messages flow", () -> heard.get() > 10);
        listener.close();
        closed.set(true);
        awaitSubscriptions(0, publisher);
        assertEquals(0, late.get());
      }
    } finally {
      enough.set(true);
      flood.join();
    }
  }

  @Test
  default void aNodeMayBeClosedWhileItPublishes() throws Exception {
    List<Double> received = collect(node("listener"), "numbers", RELIABLE_100);
    RobotGraph talker = node("talker");
    Publisher<Float64MultiArray> publisher = advertise(talker, "numbers", RELIABLE_100);
    awaitSubscriptions(1, publisher);
    AtomicBoolean enough = new AtomicBoolean();
    Thread flood = new Thread(() -> {
      while (!enough.get()) {
        publisher.publish(number(1));
      }
    });
    flood.start();
    Await.until("messages flow", () -> received.size() > 10);
    talker.close();
    assertTrue(flood.isAlive(), "publishing failed when the node was closed");
    enough.set(true);
    flood.join();
  }

  @Test
  default void aSubscriptionMayBeClosedFromItsOwnCallback() {
    RobotGraph listener = node("listener");
    AtomicInteger calls = new AtomicInteger();
    CompletableFuture<Subscription> itself = new CompletableFuture<>();
    itself.complete(listener.subscribe("numbers", Float64MultiArray.TYPE, RELIABLE_100, message -> {
      calls.incrementAndGet();
      itself.join().close();
    }));
    List<Double> others = collect(listener, "numbers", RELIABLE_100);
    Publisher<Float64MultiArray> publisher = advertise(node("talker"), "numbers", RELIABLE_100);
    awaitSubscriptions(2, publisher);
    publisher.publish(number(1));
    publisher.publish(number(2));
    Await.value(List.of(1.0, 2.0), () -> List.copyOf(others));
    awaitSubscriptions(1, publisher);
    assertEquals(1, calls.get());
  }

  @Test
  default void aNodeOfTheSameNameMayComeBack() {
    Publisher<Float64MultiArray> publisher = advertise(node("talker"), "numbers", RELIABLE_100);
    for (int i = 0; i < 3; i++) {
      RobotGraph listener = node("listener");
      List<Double> received = collect(listener, "numbers", RELIABLE_100);
      awaitSubscriptions(1, publisher);
      publisher.publish(number(i));
      Await.value(List.of((double) i), () -> List.copyOf(received));
      listener.close();
      awaitSubscriptions(0, publisher);
    }
  }
}
