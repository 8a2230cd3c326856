package flowmatching.ros.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.ros.message.Float64MultiArray;
import flowmatching.ros.message.GetParameters;
import flowmatching.ros.message.ParameterValue;
import flowmatching.ros.message.Trigger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Services: answers find who asked, and no call waits for a server that is gone. */
interface ServiceContract extends ContractNodes {
  @Test
  default void aServiceAnswers() throws Exception {
    node("server").serve("~/enable", Trigger.TYPE, request -> new Trigger.Response(true, "enabled"));
    ServiceClient<Trigger.Request, Trigger.Response> client = node("client").client("/server/enable", Trigger.TYPE);
    Await.until("the server is seen", client::available);
    assertEquals(new Trigger.Response(true, "enabled"), client.call(new Trigger.Request()).get(20, TimeUnit.SECONDS));
  }

  @Test
  default void aServiceThatNobodyServesIsNotAvailable() {
    ServiceClient<Trigger.Request, Trigger.Response> client = node("client").client("/nobody", Trigger.TYPE);
    assertFalse(client.available());
    assertThrows(ExecutionException.class, () -> client.call(new Trigger.Request()).get(20, TimeUnit.SECONDS));
  }


  @Test
  default void answersFindWhoAsked() throws Exception {
    node("server").serve("echo", GetParameters.TYPE, request -> new GetParameters.Response(request.names().stream().map(ParameterValue::of).toList()));
    List<ServiceClient<GetParameters.Request, GetParameters.Response>> clients = new ArrayList<>();
    for (String name : List.of("one", "two")) {
      clients.add(node(name).client("echo", GetParameters.TYPE));
    }
    List<CompletableFuture<GetParameters.Response>> answers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      ServiceClient<GetParameters.Request, GetParameters.Response> client = clients.get(i % 2);
      Await.until("the server is seen", client::available);
      answers.add(client.call(new GetParameters.Request(List.of("question " + i))));
    }
    for (int i = 0; i < 20; i++) {
      assertEquals("question " + i, answers.get(i).get(20, TimeUnit.SECONDS).values().get(0).stringValue());
    }
  }

  @Test
  default void aServiceIsServedOnceInANode() {
    RobotGraph node = node("node");
    Endpoint first = node.serve("enable", Trigger.TYPE, request -> null);
    assertThrows(BadInputException.class, () -> node.serve("enable", Trigger.TYPE, request -> null));
    first.close();
    node.serve("enable", Trigger.TYPE, request -> null);
  }

  @Test
  default void aHandlerThatThrowsAnswersNothingAndServesOn() throws Exception {
    AtomicBoolean throwing = new AtomicBoolean(true);
    node("server").serve("enable", Trigger.TYPE, request -> {
      if (throwing.getAndSet(false)) {
        throw new IllegalStateException("on purpose");
      }
      return new Trigger.Response(true, "");
    });
    ServiceClient<Trigger.Request, Trigger.Response> client = node("client").client("enable", Trigger.TYPE);
    Await.until("the server is seen", client::available);
    CompletableFuture<Trigger.Response> unanswered = client.call(new Trigger.Request());
    Await.until("the first request came", () -> !throwing.get());
    assertTrue(client.call(new Trigger.Request()).get(20, TimeUnit.SECONDS).success());
    assertTrue(!unanswered.isDone() || unanswered.isCompletedExceptionally());
  }

  @Test
  default void aCallThatWasGivenUpHindersNoOther() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    node("server").serve("slow", Trigger.TYPE, request -> {
      awaitQuietly(go);
      return new Trigger.Response(true, "late");
    });
    ServiceClient<Trigger.Request, Trigger.Response> client = node("client").client("slow", Trigger.TYPE);
    Await.until("the server is seen", client::available);
    CompletableFuture<Trigger.Response> call = client.call(new Trigger.Request()).orTimeout(50, TimeUnit.MILLISECONDS);
    assertTrue(assertThrows(ExecutionException.class, call::get).getCause() instanceof TimeoutException);
    go.countDown();
    assertEquals("late", client.call(new Trigger.Request()).get(20, TimeUnit.SECONDS).message());
  }

  @Test
  default void requestsThatAServerLeavesUnansweredFailWhenItGoes() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    RobotGraph server = node("server");
    server.serve("slow", Trigger.TYPE, request -> {
      asked.countDown();
      throw new IllegalStateException("on purpose");
    });
    ServiceClient<Trigger.Request, Trigger.Response> client = node("client").client("slow", Trigger.TYPE);
    Await.until("the server is seen", client::available);
    CompletableFuture<Trigger.Response> call = client.call(new Trigger.Request());
    assertTrue(asked.await(20, TimeUnit.SECONDS));
    server.close();
    assertThrows(ExecutionException.class, () -> call.get(20, TimeUnit.SECONDS));
  }

  @Test
  default void aClientIsAnsweredByWhoServesAfterTheFirst() throws Exception {
    ServiceClient<Trigger.Request, Trigger.Response> client = node("client").client("enable", Trigger.TYPE);
    for (String name : List.of("first", "second")) {
      RobotGraph server = node(name);
      server.serve("enable", Trigger.TYPE, request -> new Trigger.Response(true, name));
      Await.until(name + " is seen", client::available);
      assertEquals(name, client.call(new Trigger.Request()).get(20, TimeUnit.SECONDS).message());
      server.close();
      Await.until(name + " is gone", () -> !client.available());
    }
  }

  @Test
  default void aNodeCallsItselfAlsoFromACallback() {
    RobotGraph node = node("node");
    List<String> answers = Collections.synchronizedList(new ArrayList<>());
    node.serve("enable", Trigger.TYPE, request -> new Trigger.Response(true, "enabled"));
    ServiceClient<Trigger.Request, Trigger.Response> client = node.client("enable", Trigger.TYPE);
    Await.until("the server is seen", client::available);
    node.subscribe("numbers", Float64MultiArray.TYPE, QualityOfService.DEFAULT,
        message -> client.call(new Trigger.Request()).thenAccept(answer -> answers.add(answer.message())));
    Publisher<Float64MultiArray> publisher = advertise(node, "numbers", QualityOfService.DEFAULT);
    awaitSubscriptions(1, publisher);
    publisher.publish(number(1));
    Await.value(List.of("enabled"), () -> List.copyOf(answers));
  }

  @Test
  default void servicesAreNoTopics() {
    RobotGraph node = node("node");
    node.serve("enable", Trigger.TYPE, request -> new Trigger.Response(true, ""));
    ServiceClient<Trigger.Request, Trigger.Response> client = node.client("enable", Trigger.TYPE);
    Await.until("the server is seen", client::available);
    assertEquals(List.of(), node.topicEndpoints());
  }
}
