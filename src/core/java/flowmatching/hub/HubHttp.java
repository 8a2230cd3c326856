package flowmatching.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import flowmatching.BadInputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpRetryException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Sends requests to the hub and follows its redirects. The token goes to the hub's own server only.
 *
 * <p>{@link HttpURLConnection} because it bounds each wait for bytes: {@code java.net.http.HttpClient} bounds the wait for headers
 * only, and a download that stands still would hang.
 */
final class HubHttp {
  private static final Logger LOGGER = LogManager.getLogger(HubHttp.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);
  private static final int CONNECT_MILLIS = 10_000;
  private static final int MAX_REDIRECTS = 10;
  private static final int MAX_JSON_BYTES = 64 << 20;
  private static final int MAX_ERROR_BYTES = 64 << 10;
  private static final Pattern RATE_LIMIT = Pattern.compile("r\\s*=\\s*0\\s*;\\s*t\\s*=\\s*(\\d{1,9})");

  private final HubSettings settings;
  private final HubEndpoint hub;
  private final Backoff backoff;

  HubHttp(HubSettings settings, Backoff backoff) {
    this.settings = settings;
    this.hub = settings.endpoint();
    this.backoff = backoff;
  }

  /** What came, with its body still to be read. */
  record Response(HttpURLConnection connection, int status, InputStream body) {
    Optional<String> header(String name) {
      return Optional.ofNullable(connection.getHeaderField(name));
    }
  }

  interface Reader<T> {
    T read(Response response) throws IOException;
  }

  HubEndpoint hub() {
    return hub;
  }

  Backoff backoff() {
    return backoff;
  }

  /** Sends it and reads an answer in JSON, with retries. A missing node for an empty answer. */
  JsonNode json(HubRequest request) {
    return backoff.run(request.what(), () -> 0, () -> send(request, response -> readJson(request, response)));
  }

  JsonNode readJson(HubRequest request, Response response) throws IOException {
    byte[] bytes = response.body().readNBytes(MAX_JSON_BYTES + 1);
    if (bytes.length > MAX_JSON_BYTES) {
      throw new BadInputException(request.what() + ": expected at most " + MAX_JSON_BYTES + " bytes of JSON from " + request.uri().getAuthority());
    }
    try {
      return JSON.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw new BadInputException(request.what() + ": " + request.uri().getAuthority()
          + " did not answer in JSON: is HF_ENDPOINT a hub, with no login page of a network before it?", e);
    }
  }

  /**
   * One attempt.
   *
   * @throws IOException where another attempt may succeed
   * @throws HubErrors.Refused where the hub refuses, with what to do
   */
  <T> T send(HubRequest request, Reader<T> reader) throws IOException {
    if (settings.offline()) {
      throw new BadInputException(request.what() + ": not in the cache, and HF_HUB_OFFLINE forbids to ask the hub");
    }
    URI uri = request.uri();
    for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
      HttpURLConnection connection = open(request, uri);
      int status = exchange(request, connection);
      String location = connection.getHeaderField("Location");
      if (status >= 300 && status < 400 && location != null) {
        uri = redirect(request, uri, location, status);
        connection.getInputStream().close();
      } else if (status >= 200 && status < 300) {
        try (InputStream body = connection.getInputStream()) {
          return reader.read(new Response(connection, status, body));
        }
      } else {
        throw refusal(request, uri, connection, status);
      }
    }
    throw new BadInputException(request.what() + ": more than " + MAX_REDIRECTS + " redirects from " + request.uri().getAuthority());
  }

  private HttpURLConnection open(HubRequest request, URI uri) throws IOException {
    LOGGER.debug("{} {}{}", request.method(), uri.getAuthority(), uri.getPath()); // the query of a signed address is a secret
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setConnectTimeout(CONNECT_MILLIS);
    connection.setReadTimeout((int) request.timeout().toMillis());
    connection.setRequestMethod(request.method());
    connection.setRequestProperty("User-Agent", "flowmatching; java/" + Runtime.version().feature());
    connection.setRequestProperty("Accept", "*/*");
    connection.setRequestProperty("Accept-Encoding", "identity");
    request.headers().forEach(connection::setRequestProperty);
    if (request.identified() && hub.owns(uri)) {
      settings.token().ifPresent(token -> connection.setRequestProperty("Authorization", token.header()));
    }
    return connection;
  }

  private static int exchange(HubRequest request, HttpURLConnection connection) throws IOException {
    try {
      if (request.body().isPresent()) {
        Content content = request.body().get();
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(content.length()); // as a stream, and never sent twice behind our back
        try (InputStream in = content.open(0); OutputStream out = connection.getOutputStream()) {
          in.transferTo(out);
        }
      }
      return connection.getResponseCode();
    } catch (HttpRetryException e) { // a 401 to a body that was streamed
      return e.responseCode();
    }
  }

  private URI redirect(HubRequest request, URI from, String location, int status) {
    URI to = HubEndpoint.next(from, location);
    if (request.writes() && (status < 307 || !hub.owns(to))) {
      throw new BadInputException(request.what() + ": " + from.getAuthority() + " redirects what is written to " + to.getAuthority() + to.getPath());
    }
    return to;
  }

  private RuntimeException refusal(HubRequest request, URI uri, HttpURLConnection connection, int status) throws IOException {
    try {
      if (PASSING.contains(status)) {
        throw new Backoff.Busy(uri.getAuthority() + " answered " + status, askedWait(connection));
      }
      String code = Optional.ofNullable(connection.getHeaderField("X-Error-Code")).orElse("");
      String message = Optional.ofNullable(connection.getHeaderField("X-Error-Message")).or(() -> errorBody(connection)).orElse("");
      return HubErrors.refused(request, hub, uri, settings.token(), status, code, message);
    } finally {
      connection.disconnect();
    }
  }

  /** {@code Retry-After} in seconds, or the rest of a rate limit's window: {@code ratelimit: "api";r=0;t=55}. */
  private static Optional<Duration> askedWait(HttpURLConnection connection) {
    Matcher limit = RATE_LIMIT.matcher(Optional.ofNullable(connection.getHeaderField("RateLimit")).orElse(""));
    if (limit.find()) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(limit.group(1)) + 1));
    }
    return Optional.ofNullable(connection.getHeaderField("Retry-After"))
        .filter(text -> text.matches("\\d{1,9}")).map(text -> Duration.ofSeconds(Long.parseLong(text)));
  }

  private static Optional<String> errorBody(HttpURLConnection connection) {
    try (InputStream body = connection.getErrorStream()) {
      JsonNode json = body == null ? null : JSON.readTree(body.readNBytes(MAX_ERROR_BYTES));
      return json == null ? Optional.empty() : RemoteFile.optional(json, "error");
    } catch (IOException e) { // a page for people, or cut off
      return Optional.empty();
    }
  }
}
