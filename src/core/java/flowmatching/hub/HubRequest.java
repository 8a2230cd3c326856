package flowmatching.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A request about a repository.
 *
 * @param what names the repository and what of it, for messages
 * @param headers without the token, which {@link HubHttp} adds where it belongs
 * @param timeout how long the server may say nothing
 */
record HubRequest(
    String method, URI uri, RepositoryName repository, String what, Map<String, String> headers, Optional<Content> body, Duration timeout) {

  /** What a server may take for an answer that it has to compute, such as a commit of many files. */
  private static final Duration ANSWER = Duration.ofMinutes(2);

  /** A body that can be sent again. */
  interface Content {
    long length();

    InputStream open() throws IOException;
  }

  static HubRequest get(URI uri, RepositoryName repository, String what) {
    return new HubRequest("GET", uri, repository, what, Map.of(), Optional.empty(), ANSWER);
  }

  static HubRequest post(URI uri, RepositoryName repository, String what, String type, Content body) {
    return new HubRequest("POST", uri, repository, what, Map.of("Content-Type", type), Optional.of(body), ANSWER);
  }

  static HubRequest put(URI uri, RepositoryName repository, String what, Content body) {
    return new HubRequest("PUT", uri, repository, what, Map.of(), Optional.of(body), ANSWER);
  }

  HubRequest with(String header, String value) {
    Map<String, String> more = new HashMap<>(headers);
    more.put(header, value);
    return new HubRequest(method, uri, repository, what, Map.copyOf(more), body, timeout);
  }

  /** Whether it changes the repository. */
  boolean writes() {
    return !method.equals("GET");
  }
}
