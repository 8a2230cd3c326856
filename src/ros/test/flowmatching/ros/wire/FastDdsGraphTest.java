package flowmatching.ros.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.ros.graph.Await;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraphContract;
import flowmatching.ros.graph.Subscription;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.StringMessage;
import flowmatching.ros.message.Time;
import flowmatching.ros.message.Trigger;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
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

  private WireGraph wire(String name) {
    return join(GraphNames.of("/", name), false);
  }

  @Test
  void aPublisherOfAnotherTypeIsNotConnected() {
    try (WireGraph node = wire("node"); WireGraph other = wire("other")) {
      var joints = node.subscribe("topic", JointState.TYPE, QualityOfService.DEFAULT, message -> {});
      var right = wire("third");
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
    try (WireGraph node = wire("node"); WireGraph robot = wire("robot")) {
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
  void nodesOfOneNameAreBothSeen() {
    try (WireGraph first = wire("twin"); WireGraph second = wire("twin")) {
      Await.value(List.of("/twin", "/twin"), () -> first.describe().nodes());
      Await.value(List.of("/twin", "/twin"), () -> second.describe().nodes());
    }
  }

  @Test
  void nodesOfOtherDomainsAreNotSeen() {
    try (WireGraph here = wire("here"); WireGraph there = WireGraph.join(GraphNames.of("/", "there"), false, domain(DOMAIN + 1)); WireGraph near = wire("near")) {
      Await.value(List.of("/here", "/near"), () -> here.describe().nodes());
      assertEquals(List.of("/there"), there.describe().nodes());
      Await.value(List.of("/near", "/here"), () -> near.describe().nodes());
    }
  }

  @Test
  void aNodeThatLooksForNobodySeesNobody() throws InterruptedException {
    DiscoverySettings off = new DiscoverySettings(DOMAIN, DiscoverySettings.Range.OFF, List.of());
    try (WireGraph hermit = WireGraph.join(GraphNames.of("/", "hermit"), false, off); WireGraph node = wire("node"); WireGraph other = wire("other")) {
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
  void aClosedNodeKnowsNobody() {
    WireGraph node = wire("node");
    node.close();
    assertEquals(List.of(), node.describe().nodes());
  }

  @Test
  void namesThatAreTooLongToMeetAnybodyAreRefused() {
    String longest = "/" + "a".repeat(241);
    try (WireGraph node = wire("node"); WireGraph other = wire("other")) {
      var client = other.client(longest, Trigger.TYPE);
      node.serve(longest, Trigger.TYPE, request -> new Trigger.Response(true, ""));
      Await.until("the server is seen", client::available);
      for (int letters : new int[] {249, 300}) {
        String reason = assertThrows(BadInputException.class,
            () -> node.subscribe("/" + "a".repeat(letters), JointState.TYPE, QualityOfService.DEFAULT, message -> {})).getMessage();
        assertTrue(reason.contains("too long"), reason);
      }
    }
  }

  @Test
  void aNodeThatCannotHearTheClockLeavesTheGraphAgain() {
    try (WireGraph other = wire("other")) {
      GraphNames names = new GraphNames("/", "late", List.of("/clock:=/" + "a".repeat(300)));
      assertThrows(BadInputException.class, () -> join(names, true));
      Await.until("its threads have ended", () -> Thread.getAllStackTraces().keySet().stream().noneMatch(thread -> thread.getName().endsWith(" /late")));
      try (WireGraph near = wire("near")) {
        Await.value(List.of("/other", "/near"), () -> other.describe().nodes());
        assertEquals("/near", near.names().fullName());
      }
    }
  }

  @Test
  void aTopicThatIsSentFasterThanItCanBeTakenDoesNotSilenceTheOthers() throws InterruptedException {
    try (WireGraph node = wire("node"); WireGraph left = wire("left"); WireGraph right = wire("right"); WireGraph quiet = wire("quiet")) {
      List<String> names = IntStream.range(0, 3000).mapToObj(i -> "joint_number_" + i).toList();
      JointState large = new JointState(new Header(new Time(0, 0), ""), names, new double[0], new double[0], new double[0]);
      Subscription flood = node.subscribe("large", JointState.TYPE, QualityOfService.NEWEST, message -> {});
      LongSupplier taken = () -> flood.received() + flood.dropped();
      AtomicLong last = new AtomicLong();
      AtomicLong mostBefore = new AtomicLong();
      node.subscribe("small", StringMessage.TYPE, QualityOfService.NEWEST, message -> {
        long sent = Long.parseLong(message.data());
        last.set(sent);
        mostBefore.accumulateAndGet(taken.getAsLong() - sent, Math::max);
      });
      Publisher<StringMessage> small = quiet.advertise("small", StringMessage.TYPE, QualityOfService.DEFAULT);
      AtomicBoolean enough = new AtomicBoolean();
      List<Thread> senders = new ArrayList<>();
      for (WireGraph sender : List.of(left, right)) {
        Publisher<JointState> publisher = sender.advertise("large", JointState.TYPE, QualityOfService.SENSOR_DATA);
        Await.until("the sender is connected", () -> publisher.subscriptions() == 1 && small.subscriptions() == 1);
        senders.add(new Thread(() -> {
          while (!enough.get()) {
            publisher.publish(large);
          }
        }));
      }
      senders.forEach(Thread::start);
      try {
        Await.until("20000 large messages were taken", () -> {
          long now = taken.getAsLong();
          small.publish(new StringMessage(Long.toString(now)));
          return now > 20_000;
        });
      } finally {
        enough.set(true);
        for (Thread sender : senders) {
          sender.join();
        }
      }
      assertTrue(last.get() > 15_000 && mostBefore.get() < 5000,
          last + " when the last small one that came was sent, " + mostBefore + " between sending and receiving one");
    }
  }

  @Test
  void aServiceThatIsCalledFasterThanItAnswersDoesNotSilenceTheOthers() throws Exception {
    try (WireGraph node = wire("node"); WireGraph caller = wire("caller")) {
      CountDownLatch go = new CountDownLatch(1);
      AtomicInteger answered = new AtomicInteger();
      node.serve("slow", Trigger.TYPE, request -> {
        answered.incrementAndGet();
        awaitQuietly(go);
        return new Trigger.Response(true, "");
      });
      node.serve("stop", Trigger.TYPE, request -> new Trigger.Response(true, "after " + answered));
      Subscription after = node.subscribe("after", StringMessage.TYPE, QualityOfService.NEWEST, message -> {});
      Publisher<StringMessage> sends = caller.advertise("after", StringMessage.TYPE, QualityOfService.DEFAULT);
      Await.until("the topic is connected", () -> sends.subscriptions() == 1 && after.publishers() == 1);
      var slow = caller.client("slow", Trigger.TYPE);
      var stop = caller.client("stop", Trigger.TYPE);
      Await.until("the servers are seen", () -> slow.available() && stop.available());
      CompletableFuture<Trigger.Response> last = null;
      for (int i = 0; i < 500; i++) {
        last = slow.call(new Trigger.Request());
        Thread.sleep(1);
      }
      CompletableFuture<Trigger.Response> stopped = stop.call(new Trigger.Request());
      Await.until("what was sent after the call has come", () -> {
        sends.publish(new StringMessage(""));
        return after.dropped() > 0; // the node's thread is busy
      });
      go.countDown();
      assertTrue(last.get(20, TimeUnit.SECONDS).success(), "the newest ones are kept");
      int before = Integer.parseInt(stopped.get(20, TimeUnit.SECONDS).message().substring("after ".length()));
      assertTrue(before <= 65, before + " calls of the slow service were answered first");
    }
  }
}
