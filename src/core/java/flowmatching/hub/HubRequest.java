package flowmatching.hub;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A request about a repository.
 *
 * @param what names the repository and what of it, for messages
 * @param headers without the token, which {@link HubHttp} adds
 * @param identified whether the token is sent, where the address is the hub's own; addresses that the hub has signed need none
 * @param timeout how long the server may say nothing
 */
record HubRequest(
    String method, URI uri, RepositoryName repository, String what, Map<String, String> headers, Optional<Content> body, boolean identified,
    Duration timeout) {

  static final String JSON = "application/json";
  /** What a server may take for an answer that it has to compute, such as a commit of many files. */
  private static final Duration ANSWER = Duration.ofMinutes(2);

  static HubRequest get(URI uri, RepositoryName repository, String what) {
    return new HubRequest("GET", uri, repository, what, Map.of(), Optional.empty(), true, ANSWER);
  }

  static HubRequest delete(URI uri, RepositoryName repository, String what) {
    return new HubRequest("DELETE", uri, repository, what, Map.of(), Optional.empty(), true, ANSWER);
  }

  /** @param type of the text, for example {@link #JSON} */
  static HubRequest post(URI uri, RepositoryName repository, String what, String type, String text) {
    Content body = Content.of(text.getBytes(StandardCharsets.UTF_8));
    return new HubRequest("POST", uri, repository, what, Map.of("Content-Type", type), Optional.of(body), true, ANSWER);
  }

  static HubRequest put(URI uri, RepositoryName repository, String what, Content body) {
    return new HubRequest("PUT", uri, repository, what, Map.of(), Optional.of(body), false, ANSWER);
  }

  HubRequest with(String header, String value) {
    Map<String, String> more = new HashMap<>(headers);
    more.put(header, value);
    return new HubRequest(method, uri, repository, what, Map.copyOf(more), body, identified, timeout);
  }

  HubRequest anonymous() {
    return new HubRequest(method, uri, repository, what, headers, body, false, timeout);
  }

  /** Whether it changes the repository. */
  boolean writes() {
    return !method.equals("GET");
  }
}
