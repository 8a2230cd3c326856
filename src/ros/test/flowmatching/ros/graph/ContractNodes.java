package flowmatching.ros.graph;

import flowmatching.ros.graph.QualityOfService.Durability;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.MultiArrayLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What the parts of {@link RobotGraphContract} share: nodes, and the small things that they do. */
interface ContractNodes {
  QualityOfService RELIABLE_100 = new QualityOfService(100, Reliability.RELIABLE, Durability.VOLATILE);

  /** A new node, closed at the end of the test. */
  RobotGraph node(GraphNames names, boolean simulatedTime);

  default RobotGraph node(String name) {
    return node(GraphNames.of("/", name), false);
  }

  default Float64MultiArray number(double value) {
    return new Float64MultiArray(MultiArrayLayout.LIST, new double[] {value});
  }

  /** A list that grows with what the node hears. */
  default List<Double> collect(RobotGraph node, String topic, QualityOfService quality) {
    List<Double> values = Collections.synchronizedList(new ArrayList<>());
    node.subscribe(topic, Float64MultiArray.TYPE, quality, message -> values.add(message.data()[0]));
    return values;
  }

  default Publisher<Float64MultiArray> advertise(RobotGraph node, String topic, QualityOfService quality) {
    return node.advertise(topic, Float64MultiArray.TYPE, quality);
  }

  default void awaitSubscriptions(int count, Publisher<?> publisher) {
    Await.value(count, publisher::subscriptions);
  }

  default void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
