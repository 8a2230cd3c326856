package flowmatching.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Transfers that are cut off, repeated, redirected, or made by several at a time. */
class HubTransferTest extends HubFixture {
  private static final String STORED = "Signature=";

  /** The store sends the first bytes and closes the connection, so many times. */
  private void cutOff(int times, int bytes) {
    int[] left = {times};
    server.faults.add(exchange -> {
      if (left[0] == 0 || !exchange.getRequestURI().toString().contains(STORED)) {
        return false;
      }
      left[0]--;
      String range = exchange.getRequestHeaders().getFirst("Range");
      int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
      if (range != null) {
        exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (WEIGHTS.length - 1) + "/" + WEIGHTS.length);
      }
      exchange.sendResponseHeaders(range == null ? 200 : 206, WEIGHTS.length - from);
      exchange.getResponseBody().write(WEIGHTS, from, bytes);
      exchange.getResponseBody().flush();
      throw new IOException("cut off");
    });
  }

  private void assertWeightsCome(Hub hub) throws IOException {
    Path snapshot = hub.model("user/name").download("model.safetensors");
    assertArrayEquals(WEIGHTS, Files.readAllBytes(snapshot.resolve("model.safetensors")));
    assertEquals(false, Files.exists(partial(WEIGHTS)));
  }

  private List<String> ranges() {
    return server.seen.stream().filter(request -> request.uri().contains(STORED)).map(HubServer.Seen::range).toList();
  }

  @Test
  void aConnectionThatBreaksIsTakenUpWhereItEnded() throws IOException {
    cutOff(2, 1_000_000);
    assertWeightsCome(hub());
    assertEquals(Arrays.asList(null, "bytes=1000000-", "bytes=2000000-"), ranges());
  }

  @Test
  void aMachineWithoutNetworkIsToldSoAtOnce() {
    String message = refusal(() -> hub("HF_ENDPOINT", "http://no-such-host.invalid").model("user/name").download("config.json"));
    assertTrue(message.contains("the hub cannot be reached (UnknownHostException: no-such-host.invalid); check the network"), message);
    assertEquals(List.of(), waits);
  }

  @Test
  void aNetworkThatGoesWhileADownloadRunsIsWaitedFor() throws IOException {
    Backoff backoff = new Backoff(wait -> waits.add(wait.toSeconds()));
    backoff.run("a listing", () -> 0, () -> "files");
    int[] failures = {3};
    assertEquals("whole", backoff.run("a file", () -> 0, () -> {
      if (failures[0]-- > 0) {
        throw new UnknownHostException("hub");
      }
      return "whole";
    }));
    assertEquals(List.of(1L, 2L, 4L), waits);
  }

  @Test
  void attemptsThatGetFurtherAreNotCounted() throws IOException {
    cutOff(25, 100_000);
    assertWeightsCome(hub());
    assertEquals(25, waits.size());
    assertTrue(waits.stream().allMatch(wait -> wait == 1), waits.toString());
  }

  @Test
  void theNextProcessGoesOnFromThePartialFile() throws IOException {
    Files.createDirectories(partial(WEIGHTS).getParent());
    Files.write(partial(WEIGHTS), Arrays.copyOf(WEIGHTS, 1_234_567));
    assertWeightsCome(hub());
    assertEquals(List.of("bytes=1234567-"), ranges());
  }

  @Test
  void aPartialFileOfOtherBytesIsOfNoUseAndAllComesAgain() throws IOException {
    Files.createDirectories(partial(WEIGHTS).getParent());
    Files.write(partial(WEIGHTS), new byte[1_000]);
    assertWeightsCome(hub());
    assertEquals(Arrays.asList("bytes=1000-", null), ranges());
  }

  @Test
  void aPartialFileThatIsTooLongIsOfNoUse() throws IOException {
    Files.createDirectories(partial(WEIGHTS).getParent());
    Files.write(partial(WEIGHTS), new byte[WEIGHTS.length + 1]);
    assertWeightsCome(hub());
    assertEquals(Arrays.asList((String) null), ranges());
  }

  @Test
  void aServerWithoutRangesSendsAllAgain() throws IOException {
    cutOff(1, 1_000_000);
    server.faults.add(exchange -> {
      if (exchange.getRequestHeaders().getFirst("Range") == null || !exchange.getRequestURI().toString().contains(STORED)) {
        return false;
      }
      HubServer.body(exchange, 200, WEIGHTS);
      return true;
    });
    assertWeightsCome(hub());
  }

  @Test
  void aRangeThatIsNotTheOneAskedForStartsOver() throws IOException {
    cutOff(1, 1_000_000);
    int[] left = {1};
    server.faults.add(exchange -> {
      if (left[0] == 0 || exchange.getRequestHeaders().getFirst("Range") == null || !exchange.getRequestURI().toString().contains(STORED)) {
        return false;
      }
      left[0]--;
      exchange.getResponseHeaders().set("Content-Range", "bytes 0-" + (WEIGHTS.length - 1) + "/" + WEIGHTS.length);
      HubServer.body(exchange, 206, WEIGHTS);
      return true;
    });
    assertWeightsCome(hub());
  }

  @Test
  void aRangeThatTheServerCannotGiveStartsOver() throws IOException {
    cutOff(1, 1_000_000);
    int[] left = {1};
    server.faults.add(exchange -> {
      if (left[0] == 0 || exchange.getRequestHeaders().getFirst("Range") == null || !exchange.getRequestURI().toString().contains(STORED)) {
        return false;
      }
      left[0]--;
      exchange.sendResponseHeaders(416, -1);
      return true;
    });
    assertWeightsCome(hub());
    assertEquals(Arrays.asList(null, "bytes=1000000-", null), ranges());
  }

  @Test
  void aDownloadThatStandsStillIsTakenUp() throws IOException {
    CountDownLatch stopped = new CountDownLatch(1);
    int[] left = {1};
    server.faults.add(exchange -> {
      if (left[0] == 0 || !exchange.getRequestURI().toString().contains(STORED)) {
        return false;
      }
      left[0]--;
      exchange.sendResponseHeaders(200, WEIGHTS.length);
      exchange.getResponseBody().write(WEIGHTS, 0, 500_000);
      exchange.getResponseBody().flush();
      try {
        stopped.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return true;
    });
    assertWeightsCome(hub("HF_HUB_DOWNLOAD_TIMEOUT", "3"));
    stopped.countDown();
    assertEquals(Arrays.asList(null, "bytes=500000-"), ranges());
  }

  @Test
  void passingFailuresAreTriedAgainWithLongerWaits() {
    server.failNext(5, uri -> uri.contains("/revision/"), 503);
    hub().model("user/name").download("config.json");
    assertEquals(List.of(1L, 2L, 4L, 8L, 8L), waits);
  }

  @Test
  void afterSixAttemptsTheHubIsGivenUp() {
    server.failNext(100, uri -> uri.contains("/revision/"), 502);
    String message = refusal(() -> hub().model("user/name").download("config.json"));
    assertTrue(message.contains("model user/name at main") && message.contains("answered 502 (after 6 attempts)"), message);
    assertEquals(6, server.seen.size());
  }

  @Test
  void theServersOwnWaitIsKept() {
    server.failNext(1, uri -> uri.contains("/revision/"), 429, "Retry-After", "17");
    server.failNext(1, uri -> uri.contains("/tree/"), 429, "RateLimit", "\"api\";r=0;t=55");
    hub().model("user/name").download("config.json");
    assertEquals(List.of(17L, 56L), waits);
  }

  @Test
  void aWaitOfHoursIsLeftToPeople() {
    server.failNext(1, uri -> uri.contains("/revision/"), 429, "Retry-After", "86400");
    assertTrue(refusal(() -> hub().model("user/name").download("config.json")).contains("asks to wait 86400 s"));
    assertEquals(List.of(), waits);
  }

  @Test
  void aHubThatIsNotThereIsNamed() {
    String endpoint = server.endpoint();
    server.close();
    String message = refusal(() -> hub("HF_ENDPOINT", endpoint).model("user/name").download("config.json"));
    assertTrue(message.contains("model user/name") && message.contains("HF_ENDPOINT"), message);
  }

  @Test
  void theTokenGoesToTheHubAndNotToTheStore() throws IOException {
    model.isPrivate = true;
    assertWeightsCome(hub("HF_TOKEN", HubServer.TOKEN));
    assertTrue(server.seen.stream().anyMatch(request -> !request.atHub()), "the store was asked");
    for (HubServer.Seen request : server.seen) {
      if (request.atHub()) {
        assertEquals("Bearer " + HubServer.TOKEN, request.authorization());
      } else {
        assertNull(request.authorization(), request.toString());
      }
    }
  }

  @Test
  void theHubIsOneSchemeHostAndPort() {
    HubEndpoint hub = HubEndpoint.of("https://hub.example");
    assertTrue(hub.owns(URI.create("https://HUB.example:443/x")));
    assertFalse(hub.owns(URI.create("https://hub.example:444/x")));
    assertFalse(hub.owns(URI.create("http://hub.example/x")));
    assertFalse(hub.owns(URI.create("https://hub.example.evil.org/x")));
    assertFalse(hub.owns(URI.create("https://hub.example@evil.org/x")));
  }

  @Test
  void aRenamedRepositoryIsFollowedWithTheToken() throws IOException {
    model.isPrivate = true;
    server.faults.add(exchange -> {
      String uri = exchange.getRequestURI().toString();
      if (!uri.contains("old/name")) {
        return false;
      }
      exchange.getResponseHeaders().set("Location", uri.replace("old/name", "user/name"));
      exchange.sendResponseHeaders(307, -1);
      return true;
    });
    Path snapshot = hub("HF_TOKEN", HubServer.TOKEN).model("old/name").download("config.json");
    assertArrayEquals(CONFIG, Files.readAllBytes(snapshot.resolve("config.json")));
  }

  @Test
  void redirectsInACircleEnd() {
    server.faults.add(exchange -> {
      exchange.getResponseHeaders().set("Location", "/api/again");
      exchange.sendResponseHeaders(302, -1);
      return true;
    });
    assertTrue(refusal(() -> hub().model("user/name").download("config.json")).contains("more than 10 redirects"));
  }

  @Test
  void redirectsLeadToServersAndNotOutOfEncryption() {
    URI secure = URI.create("https://huggingface.co/a/b");
    assertEquals("https://cdn.example/x?q", HubEndpoint.next(secure, "https://cdn.example/x?q").toString());
    assertEquals("https://huggingface.co/a/c", HubEndpoint.next(secure, "c").toString());
    assertTrue(refusal(() -> HubEndpoint.next(secure, "http://cdn.example/x?key=secret")).contains("found 'http://cdn.example/x'"));
    refusal(() -> HubEndpoint.next(secure, "file:///etc/passwd"));
    refusal(() -> HubEndpoint.next(URI.create("http://localhost/"), "ftp://x/y"));
    refusal(() -> HubEndpoint.next(secure, "https://a b"));
    refusal(() -> HubEndpoint.next(secure, "https://cdn.example:65536/x"));
  }

  @Test
  void theNextPageIsAtTheHubOrNowhere() {
    server.pageSize = 1;
    server.faults.add(exchange -> {
      if (exchange.getRequestURI().getPath().contains("/tree/")) {
        exchange.getResponseHeaders().set("Link", "<" + server.cdn() + "/tree>; rel=\"next\"");
        byte[] page = model.tree(model.branches.get("main")).toString().getBytes();
        HubServer.body(exchange, 200, page);
        return true;
      }
      return false;
    });
    assertTrue(refusal(() -> hub("HF_TOKEN", HubServer.TOKEN).model("user/name").download("config.json")).contains("the next page is at another server"));
    assertTrue(server.seen.stream().allMatch(HubServer.Seen::atHub));
  }

  @Test
  void threadsThatWantTheSameFileBringItOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(6);
    List<Future<Path>> all = threads.invokeAll(Collections.nCopies(6, () -> hub().model("user/name").download("model.safetensors")));
    threads.shutdown();
    for (Future<Path> each : all) {
      assertArrayEquals(WEIGHTS, Files.readAllBytes(each.get().resolve("model.safetensors")));
    }
    assertEquals(1, ranges().size());
  }

  @Test
  void processesThatWantTheSameFileBringItOnce() throws Exception {
    List<Process> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ProcessBuilder java = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-cp", System.getProperty("java.class.path"),
          DownloadProcess.class.getName()).redirectErrorStream(true);
      java.environment().putAll(Map.of("HF_ENDPOINT", server.endpoint(), "HF_HOME", home().toString()));
      all.add(java.start());
    }
    for (Process process : all) {
      String output = new String(process.getInputStream().readAllBytes());
      assertEquals(0, process.waitFor(), output);
    }
    assertEquals(1, ranges().size());
    assertArrayEquals(WEIGHTS, Files.readAllBytes(blob(WEIGHTS)));
  }

  /** What {@code flowmatching} does on another terminal. */
  static final class DownloadProcess {
    public static void main(String[] arguments) {
      Hub.of(System.getenv(), TransferListener.NONE).model("user/name").download("model.safetensors");
    }
  }
}
