package flowmatching.ros.inprocess;

import flowmatching.ros.graph.Dispatcher;
import flowmatching.ros.graph.Endpoint;
import flowmatching.ros.message.ServiceType;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Answers requests on its node's thread. */
final class InProcessService<Q, R> implements Endpoint {
  private static final Logger LOG = LogManager.getLogger();

  private final InProcessGraph graph;
  private final String name;
  private final ServiceType<Q, R> type;
  private final Function<? super Q, ? extends R> handler;
  private final Dispatcher dispatcher;

  InProcessService(
      InProcessGraph graph, String name, ServiceType<Q, R> type, Function<? super Q, ? extends R> handler,
      Dispatcher dispatcher) {
    this.graph = graph;
    this.name = name;
    this.type = type;
    this.handler = handler;
    this.dispatcher = dispatcher;
    graph.serve(this);
  }

  CompletableFuture<R> request(Q request) {
    CompletableFuture<R> response = new CompletableFuture<>();
    dispatcher.execute(new Dispatcher.Callback() {
      @Override
      public void run() {
        try {
          response.complete(handler.apply(request));
        } catch (RuntimeException | Error e) {
          LOG.error("{}: the handler of a request failed", name, e);
          response.completeExceptionally(e);
        }
      }

      @Override
      public void abandon() {
        response.completeExceptionally(new IllegalStateException("the node that served " + name + " is gone"));
      }
    });
    return response;
  }

  ServiceType<Q, R> type() {
    return type;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void close() {
    graph.withdraw(this);
  }
}
