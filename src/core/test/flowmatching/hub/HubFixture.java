package flowmatching.hub;

import static org.junit.jupiter.api.Assertions.assertThrows;

import flowmatching.BadInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A server, a model on it, and a client whose cache is empty. */
abstract class HubFixture {
  static final byte[] CONFIG = "{\"type\": \"flowmatching\"}\n".getBytes(StandardCharsets.UTF_8);
  static final byte[] WEIGHTS = bytes(3_000_000);

  @TempDir Path directory;
  HubServer server;
  ServedRepository model;
  /** How long the client would have waited between attempts, in seconds. */
  final List<Long> waits = new CopyOnWriteArrayList<>();

  @BeforeEach
  void startServer() {
    server = new HubServer();
    model = server.add("model user/name");
    model.put("main", Map.of("config.json", CONFIG, "model.safetensors", WEIGHTS, "sub/notes.txt", CONFIG));
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  /** A client; more variables of its environment follow as names and values. */
  Hub hub(String... variables) {
    Map<String, String> environment = new HashMap<>(Map.of("HF_ENDPOINT", server.endpoint(), "HF_HOME", home().toString()));
    for (int i = 0; i < variables.length; i += 2) {
      environment.put(variables[i], variables[i + 1]);
    }
    return new Hub(new HubSettings(environment), TransferListener.NONE, wait -> waits.add(wait.toSeconds()));
  }

  Path home() {
    return directory.resolve("huggingface");
  }

  /** The model's directory in the cache. */
  Path cached() {
    return home().resolve("hub/models--user--name");
  }

  Path blob(byte[] largeContent) {
    return cached().resolve("blobs").resolve(ServedRepository.hex("SHA-256", largeContent));
  }

  Path partial(byte[] largeContent) {
    return Path.of(blob(largeContent) + ".flowmatching.incomplete");
  }

  static String refusal(Supplier<?> action) {
    return assertThrows(BadInputException.class, action::get).getMessage();
  }

  /** The paths of all files below a directory, links included. */
  static List<String> files(Path below) throws IOException {
    if (!Files.exists(below)) {
      return List.of();
    }
    try (Stream<Path> found = Files.walk(below)) {
      return found.filter(path -> !Files.isDirectory(path)).map(path -> below.relativize(path).toString()).sorted().toList();
    }
  }

  static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

}
