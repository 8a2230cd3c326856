package flowmatching.ros.inprocess;

import flowmatching.ros.graph.ServiceClient;
import flowmatching.ros.message.ServiceType;
import java.util.concurrent.CompletableFuture;

/** Calls whoever serves a name at the moment of the call. */
final class InProcessClient<Q, R> implements ServiceClient<Q, R> {
  private final InProcessGraph graph;
  private final String name;
  private final ServiceType<Q, R> type;
  private volatile boolean closed;

  InProcessClient(InProcessGraph graph, String name, ServiceType<Q, R> type) {
    this.graph = graph;
    this.name = name;
    this.type = type;
  }

  private InProcessService<Q, R> service() {
    return closed ? null : graph.service(name, type);
  }

  @Override
  public boolean available() {
    return service() != null;
  }

  @Override
  public CompletableFuture<R> call(Q request) {
    InProcessService<Q, R> service = service();
    return service != null
        ? service.request(request)
        : CompletableFuture.failedFuture(new IllegalStateException("no node serves " + name + " (" + type + ")"));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void close() {
    closed = true;
  }
}
