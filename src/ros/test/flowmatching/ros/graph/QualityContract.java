package flowmatching.ros.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.ros.graph.QualityOfService.Durability;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.message.Float64MultiArray;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Quality of service: who is connected, what is kept, what is pushed out. */
interface QualityContract extends ContractNodes {
  @Test
  default void aFullQueueLosesTheOldestMessagesAndCountsThem() throws InterruptedException {
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

  @Test
  default void aLateSubscriptionGetsWhatATransientLocalPublisherKept() {
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
  default void anOfferThatIsTooWeakDoesNotConnect() {
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
  default void aBestEffortSubscriptionHearsAReliablePublisher() {
    Publisher<Float64MultiArray> publisher = advertise(node("talker"), "numbers", RELIABLE_100);
    List<Double> received = collect(node("listener"), "numbers", QualityOfService.SENSOR_DATA);
    awaitSubscriptions(1, publisher);
    Await.until("a message came", () -> {
      publisher.publish(number(1)); // nobody sends a lost one again
      return received.contains(1.0);
    });
  }

  @Test
  default void aPublisherThatKeepsNothingDoesNotServeWhoAsksForMessagesOfBefore() {
    RobotGraph node = node("node");
    Publisher<Float64MultiArray> forgets = advertise(node, "numbers", QualityOfService.DEFAULT);
    Publisher<Float64MultiArray> keeps = advertise(node, "numbers", QualityOfService.LATCHED);
    List<Double> received = collect(node, "numbers", QualityOfService.LATCHED);
    awaitSubscriptions(1, keeps);
    assertEquals(0, forgets.subscriptions());
    forgets.publish(number(1));
    keeps.publish(number(2));
    Await.value(List.of(2.0), () -> List.copyOf(received));
  }

  @Test
  default void whatAPublisherKeptIsGoneWithIt() {
    RobotGraph talker = node("talker");
    Publisher<Float64MultiArray> publisher = advertise(talker, "numbers", QualityOfService.LATCHED);
    publisher.publish(number(1));
    List<Double> early = collect(node("early"), "numbers", QualityOfService.LATCHED);
    Await.value(List.of(1.0), () -> List.copyOf(early));
    publisher.close();
    Publisher<Float64MultiArray> next = advertise(talker, "numbers", QualityOfService.LATCHED);
    List<Double> late = collect(node("late"), "numbers", QualityOfService.LATCHED);
    awaitSubscriptions(2, next);
    next.publish(number(2));
    Await.value(List.of(2.0), () -> List.copyOf(late));
    Await.value(List.of(1.0, 2.0), () -> List.copyOf(early));
  }

  @Test
  default void eachSubscriptionCountsForItself() {
    RobotGraph listener = node("listener");
    CountDownLatch go = new CountDownLatch(1);
    Subscription one = listener.subscribe("numbers", Float64MultiArray.TYPE, new QualityOfService(1, Reliability.RELIABLE, Durability.VOLATILE),
        message -> awaitQuietly(go));
    Subscription all = listener.subscribe("numbers", Float64MultiArray.TYPE, RELIABLE_100, message -> awaitQuietly(go));
    Publisher<Float64MultiArray> publisher = advertise(node("talker"), "numbers", RELIABLE_100);
    awaitSubscriptions(2, publisher);
    for (int i = 0; i < 20; i++) {
      publisher.publish(number(i));
    }
    Await.until("the short queue ran over", () -> one.dropped() >= 18);
    go.countDown();
    Await.value(20L, all::received);
    Await.value(20L, () -> one.received() + one.dropped());
    assertEquals(0, all.dropped());
    assertEquals(0, one.lost() + all.lost() + one.refused() + all.refused());
  }
}
