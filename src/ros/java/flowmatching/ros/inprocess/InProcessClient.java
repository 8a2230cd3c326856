package flowmatching.ros.inprocess;

import flowmatching.ros.graph.ServiceClient;
import flowmatching.ros.message.ServiceType;
import java.util.concurrent.CompletableFuture;

/** Calls whoever serves a name at the moment of the call. */
record InProcessClient<Q, R>(InProcessGraph graph, String name, ServiceType<Q, R> type) implements ServiceClient<Q, R> {
  @Override
  public boolean available() {
    return graph.service(name, type) != null;
  }

  @Override
  public CompletableFuture<R> call(Q request) {
    InProcessService<Q, R> service = graph.service(name, type);
    return service != null
        ? service.request(request)
        : CompletableFuture.failedFuture(new IllegalStateException("no node serves " + name + " (" + type + ")"));
  }

  @Override
  public void close() {}
}
