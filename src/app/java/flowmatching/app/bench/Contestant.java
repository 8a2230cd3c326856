package flowmatching.app.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A contestant's process, and what it has answered so far. One that cannot start or ends early says why, and is asked no more. */
final class Contestant implements AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int SECONDS_TO_END = 10;

  private final String name;
  private final Path messages;
  private final Map<String, List<Double>> samples = new LinkedHashMap<>();
  private Process process;
  private BufferedReader answers;
  private Writer questions;
  private String description = "";
  private String absent;
  private double firstChunkMillis = Double.NaN;
  private float[] chunk = {};

  /**
   * Starts it and waits for its first chunk.
   *
   * @param messages file for what it writes to its standard error
   */
  Contestant(Entrant entrant, Path checkpoint, Path inputs, Path messages) {
    this.name = entrant.name();
    this.messages = messages;
    ProcessBuilder builder = entrant.process().apply(checkpoint, inputs).redirectError(messages.toFile());
    long start = System.nanoTime();
    try {
      process = builder.start();
    } catch (IOException e) {
      absent = e.getMessage();
      return;
    }
    answers = process.inputReader();
    questions = process.outputWriter();
    JsonNode hello = answer();
    if (hello != null) {
      firstChunkMillis = (System.nanoTime() - start) / 1e6;
      description = hello.path("description").asText();
      chunk = MAPPER.convertValue(hello.path("chunk"), float[].class);
      absent = hello.path("absent").textValue();
    }
  }

  /**
   * Lets it make one chunk, unless it is absent.
   *
   * @param counted false for a warm-up
   */
  void run(boolean counted) {
    if (absent != null) {
      return;
    }
    try {
      questions.write("run\n");
      questions.flush();
    } catch (IOException e) {
      // It has ended; its answer says how.
    }
    JsonNode answer = answer();
    if (answer != null && counted) {
      answer.properties().forEach(figure -> samples.computeIfAbsent(figure.getKey(), key -> new ArrayList<>()).add(figure.getValue().doubleValue()));
    }
  }

  /** Its next answer; null where it has ended, and then it is absent. */
  private JsonNode answer() {
    try {
      String line;
      while ((line = answers.readLine()) != null) {
        if (line.startsWith("{")) {
          return MAPPER.readTree(line);
        }
      }
      absent = "ended with exit code " + process.waitFor() + lastMessage();
    } catch (IOException e) {
      absent = "its answer cannot be read: " + e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      absent = "interrupted";
    }
    return null;
  }

  /** The last line that is no stack frame of Java's. */
  private String lastMessage() throws IOException {
    List<String> lines = new String(Files.readAllBytes(messages)).lines()
        .filter(line -> !line.isBlank() && !line.matches("\\s+(at |\\.\\.\\. ).*")).toList();
    return lines.isEmpty() ? "" : ": " + lines.get(lines.size() - 1).strip();
  }

  /** What is known of it now; its memory can be told for as long as it runs. */
  Row row() {
    Map<String, double[]> values = new LinkedHashMap<>();
    samples.forEach((key, list) -> values.put(key, list.stream().mapToDouble(Double::doubleValue).toArray()));
    double peak = process == null ? Double.NaN : Memory.peakResidentMebibytes(process.pid());
    return new Row(name, description, absent, firstChunkMillis, peak, chunk, values);
  }

  @Override
  public void close() {
    if (process == null) {
      return;
    }
    try {
      questions.close();
    } catch (IOException e) {
      // It has ended before.
    }
    try {
      if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      answers.close();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
