package flowmatching.ros.graph;

import java.util.concurrent.CompletableFuture;

/**
 * The calling end of a service.
 *
 * @param <Q> class of requests
 * @param <R> class of responses
 */
public interface ServiceClient<Q, R> extends Endpoint {
  /** Whether a server is there now. */
  boolean available();

  /**
   * Sends a request.
   *
   * @param request the question
   * @return the response, completed on a thread of an adapter; exceptionally where no server is there or it gives no answer.
   *     Nothing is timed: add {@code orTimeout} where a server may vanish
   */
  CompletableFuture<R> call(Q request);
}
