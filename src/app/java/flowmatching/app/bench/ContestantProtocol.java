package flowmatching.app.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Supplier;

/** The contestant's side of what {@link Entrant} describes. */
final class ContestantProtocol {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private ContestantProtocol() {}

  /** Says why this contestant does not take part. */
  static void absent(String sentence) {
    say(Map.of("absent", sentence));
  }

  /** Introduces this contestant, then answers until its standard input ends. */
  static void serve(String description, float[] chunk, Supplier<Map<String, Double>> run) {
    say(Map.of("description", description, "chunk", chunk));
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try {
      while (in.readLine() != null) {
        say(run.get());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void say(Map<String, ?> message) {
    try {
      PrintStream out = System.out;
      out.println(MAPPER.writeValueAsString(message));
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
