package flowmatching.training.telemetry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * A run at Weights &amp; Biases, by the wandb client that the user's Python has, in a process of its own. It may be missing, slow, or
 * without a key or a network: then a warning says so, once, and training goes on. The key stays in the environment.
 *
 * <p>Used by one thread, which never waits for it before {@link #finish}.
 */
public final class WandbRun {
  private static final Logger LOG = LogManager.getLogger(WandbRun.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final String SCRIPT = "wandb_run.py";
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
  private static final int ID_LENGTH = 8;
  /** Messages that wandb has not taken yet: where it hangs, it misses those beyond. */
  private static final int MAX_WAITING = 10_000;
  private static final int KEPT_LINES = 5;
  private static final long SHORT_SECONDS = 5;
  private static final long PATIENCE_SECONDS = 600;

  private final BlockingQueue<ObjectNode> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
  private final Deque<String> said = new ArrayDeque<>();
  private final Process process;
  private final List<Thread> readers = new ArrayList<>();
  private volatile String problem;
  private long missed;

  private WandbRun(Process process) {
    this.process = process;
  }

  /**
   * Starts the process, with the Python of {@code FLOWMATCHING_PYTHON}, else {@code python3}. It joins the run while training goes on.
   *
   * @param init arguments of {@code wandb.init}
   */
  public static WandbRun start(ObjectNode init) {
    String chosen = System.getenv("FLOWMATCHING_PYTHON");
    return start(chosen == null || chosen.isBlank() ? "python3" : chosen, init);
  }

  static WandbRun start(String python, ObjectNode init) {
    try {
      WandbRun run = new WandbRun(new ProcessBuilder(python, "-c", script()).start());
      run.readers.add(thread("wandb output", () -> lines(run.process.getInputStream(), run::hear)));
      run.readers.add(thread("wandb errors", () -> lines(run.process.getErrorStream(), run::keep)));
      thread("wandb input", run::feed);
      run.send(NODES.objectNode().set("init", init));
      return run;
    } catch (IOException e) {
      WandbRun none = new WandbRun(null);
      none.lose("it needs Python 3 with wandb, and " + python + " cannot be started; install it and pip install wandb, or set FLOWMATCHING_PYTHON");
      return none;
    }
  }

  /** Why nothing is sent any more; empty where all is well. */
  public Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  private static String script() throws IOException {
    try (InputStream in = WandbRun.class.getResourceAsStream(SCRIPT)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** A new run's name, of the form that wandb itself gives. */
  public static String newId() {
    return new SecureRandom().ints(ID_LENGTH, 0, LETTERS.length()).mapToObj(i -> LETTERS.substring(i, i + 1)).collect(Collectors.joining());
  }

  private static Thread thread(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /**
   * Sends metrics of a step; steps must not fall.
   *
   * @param group what their names begin with, {@code train} or {@code eval}
   */
  public void log(long step, String group, ObjectNode metrics) {
    ObjectNode message = NODES.objectNode().put("step", step);
    ObjectNode values = message.putObject("log");
    metrics.properties().forEach(entry -> values.set(group + "/" + entry.getKey(), entry.getValue()));
    send(message);
  }

  /** Sends a checkpoint's weights. */
  public void artifact(String name, Path file) {
    send(NODES.objectNode().put("artifact", name.replaceAll("[:/]", "_")).put("file", file.toString()));
  }

  private void send(ObjectNode message) {
    if (problem == null && !waiting.offer(message)) {
      missed++;
    }
  }

  /**
   * Ends the run and waits until wandb has sent everything, or at least some minutes.
   *
   * @param exitCode 0 marks it as finished, any other as failed
   */
  public void finish(int exitCode) {
    if (problem != null) {
      return;
    }
    if (waiting.remainingCapacity() == 0) {
      missed += waiting.size();
      waiting.clear();
    }
    waiting.add(NODES.objectNode().put("finish", exitCode));
    try {
      if (!process.waitFor(SHORT_SECONDS, TimeUnit.SECONDS)) {
        LOG.info("wandb: sending the rest");
      }
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("wandb: still sending; it goes on by itself as process {}", process.pid());
      } else if (process.exitValue() != 0) {
        loseProcess();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (missed > 0) {
      LOG.warn("wandb: did not take {} messages in time; {} has all", missed, MetricsFile.NAME);
    }
  }

  /** Closes the process's input, as when the trainer is gone. */
  void abandon() {
    waiting.add(NODES.objectNode());
  }

  Process process() {
    return process;
  }

  private void feed() {
    try (OutputStream in = process.getOutputStream()) {
      for (ObjectNode message = waiting.take(); !message.isEmpty(); message = message.has("finish") ? NODES.objectNode() : waiting.take()) {
        in.write((message + "\n").getBytes(StandardCharsets.UTF_8));
        in.flush();
      }
    } catch (IOException e) {
      loseProcess();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void hear(String line) {
    JsonNode message;
    try {
      message = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      keep(line);
      return;
    }
    if (message.has("run")) {
      LOG.info("wandb: {}", message.path("run").asText());
    } else if (message.has("warning")) {
      LOG.warn("wandb: {}", message.path("warning").asText());
    } else if (message.has("error")) {
      lose(message.path("error").asText());
    }
  }

  private synchronized void keep(String line) {
    LOG.debug("wandb: {}", line);
    said.add(line);
    if (said.size() > KEPT_LINES) {
      said.remove();
    }
  }

  /** Once what it said has been read: it may have given the reason, and that is the better message. */
  private void loseProcess() {
    try {
      for (Thread reader : readers) {
        reader.join(TimeUnit.SECONDS.toMillis(SHORT_SECONDS));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    lose(ended());
  }

  private synchronized String ended() {
    return "its process ended before the run; it said: " + (said.isEmpty() ? "nothing" : String.join(" | ", said));
  }

  private synchronized void lose(String why) {
    if (problem == null) {
      problem = why;
      LOG.warn("wandb: {}. Training goes on without; {} has everything", why, MetricsFile.NAME);
    }
  }

  private static void lines(InputStream from, Consumer<String> each) {
    try (BufferedReader reader = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        each.accept(line);
      }
    } catch (IOException e) {
      LOG.debug("wandb: {}", e.getMessage());
    }
  }
}
