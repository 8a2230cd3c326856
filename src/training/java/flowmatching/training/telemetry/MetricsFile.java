package flowmatching.training.telemetry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.checkpoint.NewFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code metrics.jsonl}: one JSON object a line, each with the {@code step} that it is about. A line is in the file as soon as it is
 * added, so a run that is killed loses none but, at worst, the end of the last one.
 */
public final class MetricsFile implements AutoCloseable {
  /** Its name in a run's directory. */
  public static final String NAME = "metrics.jsonl";

  private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Path path;
  private final FileChannel channel;

  private MetricsFile(Path path) throws IOException {
    this.path = path;
    this.channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /**
   * Opens a run's file, new or to go on with.
   *
   * @param step that the run goes on from: lines about later steps, which will be done again, are dropped
   */
  public static MetricsFile open(Path directory, long step) throws IOException {
    Path path = directory.resolve(NAME);
    Files.createDirectories(directory);
    if (Files.exists(path)) {
      StringBuilder kept = new StringBuilder();
      read(path).stream().filter(line -> line.path("step").asLong() <= step).forEach(line -> kept.append(line).append('\n'));
      NewFile.writeText(path, kept.toString());
    }
    return new MetricsFile(path);
  }

  /** Adds a line about a step. */
  public void add(long step, ObjectNode values) throws IOException {
    ObjectNode line = values.objectNode().put("step", step);
    line.setAll(values);
    // One write: what a killed process leaves is a whole line.
    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Every line so far, those of before the run was resumed too. */
  public List<JsonNode> lines() throws IOException {
    return read(path);
  }

  private static List<JsonNode> read(Path path) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(path)) {
      try {
        JsonNode node = JSON.readTree(line);
        if (node.isObject()) {
          lines.add(node);
        }
      } catch (JsonProcessingException e) {
        // The machine went down while this line was written.
      }
    }
    return lines;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
