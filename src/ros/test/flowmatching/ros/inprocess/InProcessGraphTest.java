package flowmatching.ros.inprocess;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.ros.graph.Await;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.graph.RobotGraphContract;
import flowmatching.ros.message.CompressedImage;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.Trigger;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class InProcessGraphTest extends RobotGraphContract {
  private final InProcessGraph graph = new InProcessGraph();

  @Override
  protected RobotGraph join(GraphNames names, boolean simulatedTime) {
    return graph.join(names, simulatedTime);
  }

  @Test
  void aMessageArrivesAsTheObjectThatWasPublished() {
    RobotGraph node = graph.join(GraphNames.of("/", "node"));
    AtomicReference<Image> received = new AtomicReference<>();
    node.subscribe("image", Image.TYPE, QualityOfService.NEWEST, received::set);
    Publisher<Image> publisher = node.advertise("image", Image.TYPE, QualityOfService.SENSOR_DATA);
    Image image = new Image(Header.EMPTY, 1, 1, "rgb8", false, 3, new byte[3]);
    publisher.publish(image);
    Await.until("the image came", () -> received.get() != null);
    assertSame(image, received.get());
    graph.close();
  }

  @Test
  void aTopicCarriesOneType() {
    RobotGraph node = graph.join(GraphNames.of("/", "node"));
    node.advertise("image", Image.TYPE, QualityOfService.DEFAULT);
    String reason = assertThrows(BadInputException.class,
        () -> node.subscribe("image", CompressedImage.TYPE, QualityOfService.DEFAULT, message -> {})).getMessage();
    assertTrue(reason.contains("sensor_msgs/msg/Image") && reason.contains("sensor_msgs/msg/CompressedImage"), reason);
    graph.close();
  }

  @Test
  void namesOfNodesAndServicesAreGivenOnce() {
    RobotGraph node = graph.join(GraphNames.of("/", "node"));
    assertThrows(BadInputException.class, () -> graph.join(GraphNames.of("/", "node")));
    node.serve("enable", Trigger.TYPE, request -> null);
    assertThrows(BadInputException.class, () -> node.serve("enable", Trigger.TYPE, request -> null));
    node.close();
    graph.join(GraphNames.of("/", "node")).serve("enable", Trigger.TYPE, request -> null);
    graph.close();
  }

  @Test
  void requestsThatAClosedNodeLeftAreToldSo() {
    RobotGraph server = graph.join(GraphNames.of("/", "server"));
    server.serve("slow", Trigger.TYPE, request -> {
      server.close();
      return new Trigger.Response(true, "");
    });
    RobotGraph client = graph.join(GraphNames.of("/", "client"));
    CompletableFuture<Trigger.Response> first = client.client("slow", Trigger.TYPE).call(new Trigger.Request());
    CompletableFuture<Trigger.Response> second = client.client("slow", Trigger.TYPE).call(new Trigger.Request());
    assertTrue(first.join().success());
    assertThrows(CompletionException.class, second::join);
    graph.close();
  }

  @Test
  void aHandlerThatFailsAnAssertionIsAnsweredWithThat() {
    RobotGraph node = graph.join(GraphNames.of("/", "node"));
    node.serve("enable", Trigger.TYPE, request -> {
      throw new AssertionError("on purpose");
    });
    CompletableFuture<Trigger.Response> call = node.client("enable", Trigger.TYPE).call(new Trigger.Request());
    Throwable reason = assertThrows(CompletionException.class, call.orTimeout(20, TimeUnit.SECONDS)::join).getCause();
    assertEquals("on purpose", reason.getMessage());
    graph.close();
  }

  @Test
  void aNodeThatCannotJoinLeavesNoThread() {
    graph.join(GraphNames.of("/", "node")).advertise("/clock", Image.TYPE, QualityOfService.DEFAULT);
    assertThrows(BadInputException.class, () -> graph.join(GraphNames.of("/", "late"), true));
    Await.until("its thread has ended", () -> Thread.getAllStackTraces().keySet().stream().noneMatch(thread -> thread.getName().equals("graph /late")));
    graph.close();
  }
}
