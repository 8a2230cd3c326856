package flowmatching.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;

/**
 * A hub on this machine, and the store of large files that it redirects to, at another port. It speaks the part of the protocol that
 * huggingface_hub 1.33.0 speaks with its hub; that it does is tested by running that client against it.
 */
public final class HubServer implements AutoCloseable {
  public static final String TOKEN = "hf_secret_0123456789";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A request as it came. @param authorization the header, or null */
  record Seen(boolean atHub, String method, String uri, String authorization, String range) {
    boolean is(String wantedMethod, String part) {
      return method.equals(wantedMethod) && uri.contains(part);
    }
  }

  /** Takes a request instead of the server; false where it does not. */
  interface Fault {
    boolean take(HttpExchange exchange) throws IOException;
  }

  final List<Seen> seen = new CopyOnWriteArrayList<>();
  /** Asked before each request is served, in order. */
  final List<Fault> faults = new CopyOnWriteArrayList<>();
  final Map<String, ServedRepository> repositories = new ConcurrentHashMap<>();
  /** By SHA-256. */
  final Map<String, byte[]> store = new ConcurrentHashMap<>();
  private final Map<String, Map<Integer, byte[]>> parts = new ConcurrentHashMap<>();
  int pageSize = 1000;
  /** Of a part in an upload of many; 0: none is sent in parts. */
  int partSize;

  static {
    System.setProperty("sun.net.httpserver.nodelay", "true"); // else each answer waits 40 ms for an acknowledgement
  }

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer hub = start(true);
  private final HttpServer cdn = start(false);

  private HttpServer start(boolean isHub) {
    try {
      HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setExecutor(threads);
      server.createContext("/", exchange -> serve(isHub, exchange));
      server.start();
      return server;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  public HubServer() {}

  public String endpoint() {
    return "http://127.0.0.1:" + hub.getAddress().getPort();
  }

  /** Under another name: the Python client takes another port for the same server. */
  String cdn() {
    return "http://localhost:" + cdn.getAddress().getPort();
  }

  /** Adds a repository, for example {@code model user/name}. */
  public ServedRepository add(String name) {
    return repositories.computeIfAbsent(name, n -> new ServedRepository());
  }

  /** The next requests that match are answered so. */
  void failNext(int times, Predicate<String> uri, int status, String... headers) {
    int[] left = {times};
    faults.add(exchange -> {
      synchronized (left) {
        if (left[0] == 0 || !uri.test(exchange.getRequestURI().toString())) {
          return false;
        }
        left[0]--;
      }
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
      }
      exchange.getRequestBody().readAllBytes();
      exchange.sendResponseHeaders(status, -1);
      return true;
    });
  }

  /** What was asked so far: method and address. */
  public List<String> requests() {
    return seen.stream().map(request -> request.method() + " " + request.uri()).toList();
  }

  List<Seen> seen(String method, String part) {
    return seen.stream().filter(request -> request.is(method, part)).toList();
  }

  private void serve(boolean atHub, HttpExchange exchange) {
    try (exchange) {
      var headers = exchange.getRequestHeaders();
      seen.add(new Seen(atHub, exchange.getRequestMethod(), exchange.getRequestURI().toString(), headers.getFirst("Authorization"), headers.getFirst("Range")));
      for (Fault fault : faults) {
        if (fault.take(exchange)) {
          return;
        }
      }
      if (atHub) {
        serveHub(exchange);
      } else {
        serveStore(exchange);
      }
    } catch (IOException e) { // the client went away
      exchange.close();
    } catch (RuntimeException e) {
      e.printStackTrace();
      exchange.close();
    }
  }

  private void serveHub(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getRawPath();
    if (path.equals("/api/repos/create")) {
      createRepository(exchange);
      return;
    }
    if (path.startsWith("/complete/")) {
      completeParts(exchange, path.substring("/complete/".length()));
      return;
    }
    boolean api = path.startsWith("/api/");
    String rest = api ? path.substring("/api/".length()) : path.substring(1);
    boolean dataset = rest.startsWith("datasets/");
    rest = rest.replaceFirst("^(datasets|models)/", "");
    String[] words = rest.split("/", 3);
    String id = words[0] + "/" + words[1].replace(".git", "");
    ServedRepository repository = repositories.get((dataset ? "dataset " : "model ") + id);
    boolean known = ("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"));
    if (repository == null || (repository.isPrivate && !known)) {
      error(exchange, known ? 404 : 401, known ? "RepoNotFound" : "", known ? "Repository not found" : "Invalid username or password.");
      return;
    }
    String[] tail = (words.length < 3 ? "" : words[2]).split("/", 3);
    String argument = tail.length < 2 ? "" : decode(tail[1]);
    switch (tail[0]) {
      case "" -> json(exchange, 200, JSON.createObjectNode().put("id", id).put("sha", repository.branches.get("main")));
      case "revision" -> {
        String commit = repository.commit(argument);
        if (commit == null) {
          error(exchange, 404, "RevisionNotFound", "Invalid rev id: " + argument);
        } else {
          json(exchange, 200, JSON.createObjectNode().put("id", id).put("sha", commit));
        }
      }
      case "tree" -> tree(exchange, repository, argument);
      case "resolve" -> resolve(exchange, repository, argument, decode(tail[2]));
      case "refs" -> json(exchange, 200, repository.refs());
      case "preupload" -> json(exchange, 200, repository.preupload(read(exchange), argument));
      case "info" -> lfsBatch(exchange);
      case "commit" -> commit(exchange, repository, endpoint() + (dataset ? "/datasets/" : "/") + id, argument);
      case "tag" -> tag(exchange, repository, argument);
      default -> error(exchange, 404, "", "no such thing: " + path);
    }
  }

  private void createRepository(HttpExchange exchange) throws IOException {
    JsonNode body = read(exchange);
    String id = body.path("organization").asText() + "/" + body.path("name").asText();
    String key = body.path("type").asText("model") + " " + id;
    if (!("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      error(exchange, 401, "", "Invalid username or password.");
    } else if (repositories.containsKey(key)) {
      json(exchange, 409, JSON.createObjectNode().put("error", "You already created this repo").put("url", endpoint() + "/" + id));
    } else {
      add(key).isPrivate = body.path("visibility").asText().equals("private");
      json(exchange, 200, JSON.createObjectNode().put("url", endpoint() + "/" + (key.startsWith("dataset") ? "datasets/" : "") + id));
    }
  }

  private void tree(HttpExchange exchange, ServedRepository repository, String commit) throws IOException {
    List<ObjectNode> all = repository.tree(commit);
    String query = String.valueOf(exchange.getRequestURI().getQuery());
    int from = query.contains("cursor=") ? Integer.parseInt(query.replaceAll(".*cursor=(\\d+).*", "$1")) : 0;
    ArrayNode page = JSON.createArrayNode();
    all.stream().skip(from).limit(pageSize).forEach(page::add);
    if (from + pageSize < all.size()) {
      String next = endpoint() + exchange.getRequestURI().getPath() + "?recursive=true&expand=false&cursor=" + (from + pageSize);
      exchange.getResponseHeaders().set("Link", "<" + next + ">; rel=\"next\"");
    }
    json(exchange, 200, page);
  }

  private void resolve(HttpExchange exchange, ServedRepository repository, String revision, String path) throws IOException {
    String commit = repository.commit(revision);
    if (commit == null) {
      error(exchange, 404, "RevisionNotFound", "Invalid rev id: " + revision);
      return;
    }
    exchange.getResponseHeaders().set("X-Repo-Commit", commit);
    byte[] content = repository.commits.get(commit).get(path);
    if (content == null) {
      error(exchange, 404, "EntryNotFound", "Entry not found");
    } else if (ServedRepository.isLarge(path)) {
      String hash = ServedRepository.hex("SHA-256", content);
      store.put(hash, content);
      exchange.getResponseHeaders().set("X-Linked-Size", String.valueOf(content.length));
      exchange.getResponseHeaders().set("X-Linked-ETag", '"' + hash + '"');
      exchange.getResponseHeaders().set("Location", cdn() + "/" + hash + "?Signature=signed");
      exchange.sendResponseHeaders(302, -1);
    } else {
      exchange.getResponseHeaders().set("ETag", '"' + ServedRepository.gitHash(content) + '"');
      send(exchange, content);
    }
  }

  private void serveStore(HttpExchange exchange) throws IOException {
    String[] words = exchange.getRequestURI().getPath().substring(1).split("/");
    if (exchange.getRequestMethod().equals("PUT")) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      if (words.length == 1) {
        store.put(words[0], body);
      } else {
        parts.computeIfAbsent(words[0], hash -> new ConcurrentHashMap<>()).put(Integer.parseInt(words[1]), body);
      }
      exchange.getResponseHeaders().set("ETag", '"' + ServedRepository.hex("SHA-1", body) + '"');
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    exchange.getResponseHeaders().set("ETag", "\"of-the-store-not-of-the-hub\"");
    send(exchange, store.get(words[0]));
  }

  private void lfsBatch(HttpExchange exchange) throws IOException {
    ObjectNode answer = JSON.createObjectNode().put("transfer", partSize > 0 ? "multipart" : "basic");
    ArrayNode objects = answer.putArray("objects");
    for (JsonNode asked : read(exchange).path("objects")) {
      String hash = asked.get("oid").asText();
      long size = asked.get("size").asLong();
      ObjectNode object = objects.addObject().put("oid", hash).put("size", size);
      if (!store.containsKey(hash)) {
        ObjectNode upload = object.putObject("actions").putObject("upload");
        if (partSize > 0 && size > partSize) {
          ObjectNode header = upload.put("href", endpoint() + "/complete/" + hash).putObject("header").put("chunk_size", String.valueOf(partSize));
          for (int part = 1; (long) (part - 1) * partSize < size; part++) {
            header.put(String.valueOf(part), cdn() + "/" + hash + "/" + part + "?Signature=signed");
          }
        } else {
          upload.put("href", cdn() + "/" + hash + "?Signature=signed");
        }
      }
    }
    json(exchange, 200, answer);
  }

  private void completeParts(HttpExchange exchange, String hash) throws IOException {
    JsonNode body = read(exchange);
    byte[] whole = new byte[0];
    for (JsonNode part : body.path("parts")) {
      byte[] bytes = parts.get(hash).get(part.get("partNumber").asInt());
      if (!part.get("etag").asText().equals('"' + ServedRepository.hex("SHA-1", bytes) + '"')) {
        error(exchange, 400, "", "wrong etag");
        return;
      }
      int before = whole.length;
      whole = Arrays.copyOf(whole, before + bytes.length);
      System.arraycopy(bytes, 0, whole, before, bytes.length);
    }
    store.put(hash, whole);
    json(exchange, 200, JSON.createObjectNode());
  }

  private void commit(HttpExchange exchange, ServedRepository repository, String page, String branch) throws IOException {
    Map<String, byte[]> files = new HashMap<>(repository.commits.getOrDefault(repository.branches.get(branch), Map.of()));
    for (String line : new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
      JsonNode entry = JSON.readTree(line);
      JsonNode value = entry.get("value");
      switch (entry.get("key").asText()) {
        case "header" -> repository.messages.add(value.get("summary").asText());
        case "file" -> files.put(value.get("path").asText(), Base64.getDecoder().decode(value.get("content").asText()));
        case "lfsFile" -> {
          byte[] content = store.get(value.get("oid").asText());
          if (content == null || content.length != value.get("size").asInt() || !ServedRepository.hex("SHA-256", content).equals(value.get("oid").asText())) {
            error(exchange, 400, "", "the large file " + value.get("path") + " was not uploaded");
            return;
          }
          files.put(value.get("path").asText(), content);
        }
        default -> throw new IllegalStateException(line);
      }
    }
    String commit = repository.put(branch, files);
    json(exchange, 200, JSON.createObjectNode().put("success", true).put("commitOid", commit).put("commitUrl", page + "/commit/" + commit));
  }

  private static void tag(HttpExchange exchange, ServedRepository repository, String argument) throws IOException {
    if (exchange.getRequestMethod().equals("DELETE")) {
      if (repository.tags.remove(argument) == null) {
        error(exchange, 404, "RevisionNotFound", "no such tag");
      } else {
        exchange.sendResponseHeaders(204, -1);
      }
    } else {
      if (repository.tags.putIfAbsent(read(exchange).get("tag").asText(), repository.commit(argument)) == null) {
        exchange.sendResponseHeaders(200, -1);
      } else {
        error(exchange, 409, "", "the tag is there already");
      }
    }
  }

  private static JsonNode read(HttpExchange exchange) throws IOException {
    return JSON.readTree(exchange.getRequestBody().readAllBytes());
  }

  static void json(HttpExchange exchange, int status, JsonNode body) throws IOException {
    byte[] bytes = JSON.writeValueAsBytes(body);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    body(exchange, status, bytes);
  }

  /** As the hub says it: in the headers and in the body. */
  static void error(HttpExchange exchange, int status, String code, String message) throws IOException {
    if (!code.isEmpty()) {
      exchange.getResponseHeaders().set("X-Error-Code", code);
    }
    exchange.getResponseHeaders().set("X-Error-Message", message);
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(status, -1);
    } else {
      json(exchange, status, JSON.createObjectNode().put("error", message));
    }
  }

  /** With ranges, and for HEAD only the headers. */
  static void send(HttpExchange exchange, byte[] content) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    int from = range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
    if (range != null) {
      exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
    }
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", String.valueOf(content.length));
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    body(exchange, range == null ? 200 : 206, Arrays.copyOfRange(content, from, content.length));
  }

  static void body(HttpExchange exchange, int status, byte[] content) throws IOException {
    exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(content);
    }
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    hub.stop(0);
    cdn.stop(0);
    threads.shutdownNow();
  }
}
