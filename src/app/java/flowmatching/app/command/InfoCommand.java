package flowmatching.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.JsonFile;
import flowmatching.model.ConfigField;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.ModelSummary;
import flowmatching.model.PolicyFeature;
import flowmatching.training.config.TrainingConfig;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what a policy is made of. */
@Command(name = "info", description = "Show a policy's inputs, parts, parameters, operations and memory.")
public final class InfoCommand implements Callable<Integer> {
  private static final double MEBI = 1 << 20;
  private static final double GIGA = 1e9;

  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private What what;

  static final class What {
    @Parameters(paramLabel = "DIR|CONFIG", description = "A checkpoint's directory or a config.json.")
    private Path path;

    @Option(names = "--fields", description = "List every key of config.json with default, range and reason, as Markdown.")
    private boolean fields;
  }

  @Option(names = "--layers", description = "List every parameter with its shape.")
  private boolean layers;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    if (what.fields) {
      out.print(fieldsTable());
    } else {
      FlowMatchingConfig config = ConfigSource.read(what.path);
      ModelSummary summary = new ModelSummary(config);
      if (json) {
        out.println(json(summary).toPrettyString());
      } else {
        print(out, config, summary);
        printTraining(out, Checkpoint.directory(what.path));
      }
    }
    out.flush();
    return 0;
  }

  /** The table of docs/configuration.md. */
  public static String fieldsTable() {
    StringBuilder table = new StringBuilder("| key | absent means | range | unit | reason |\n|---|---|---|---|---|\n");
    for (ConfigField field : ConfigField.ALL.values()) {
      table.append("| `").append(field.name()).append("` | ").append(field.absent() == null ? "-" : field.absent());
      table.append(" | ").append(field.range()).append(" | ").append(field.unit()).append(" | ").append(field.reason()).append(" |\n");
    }
    return table.toString();
  }

  private void print(PrintWriter out, FlowMatchingConfig config, ModelSummary summary) {
    for (PolicyFeature input : config.inputs()) {
      out.printf(Locale.ROOT, "input   %-34s %-7s %-16s %s%n", input.key(), input.type(), input.shape(), config.normalization(input.type()));
    }
    PolicyFeature action = config.action();
    out.printf(Locale.ROOT, "output  %-34s %-7s %-16s %s%n", action.key(), action.type(), action.shape(), config.normalization(action.type()));
    out.printf(Locale.ROOT, "chunk   %d actions, %d steps", config.chunkLength(), config.numSteps());
    out.println(config.fps().isPresent() ? ", " + config.fps().getAsDouble() + " actions/s" : ", action rate not recorded (key fps)");
    if (!config.unknownKeys().isEmpty()) {
      out.println("unknown keys, kept and not used: " + String.join(", ", config.unknownKeys()));
    }
    out.println();
    out.printf(Locale.ROOT, "%-20s %14s %12s %18s %14s%n", "part", "parameters", "float32 MiB", "GFLOP each run", "runs a chunk");
    for (ModelSummary.Part part : summary.parts()) {
      out.printf(Locale.ROOT, "%-20s %,14d %12.1f %18.3f %14d%n", part.name(), part.parameters(), 4 * part.parameters() / MEBI, part.flops() / GIGA, part.runs());
    }
    out.printf(Locale.ROOT, "%-20s %,14d %12.1f %18s %14s%n", "all", summary.parameters(), 4 * summary.parameters() / MEBI, "", "");
    out.printf(Locale.ROOT, "%nparameters %,d; one chunk %.1f GFLOP%n", summary.parameters(), summary.flopsPerChunk() / GIGA);
    if (layers) {
      out.println();
      summary.shapes().forEach((name, shape) -> out.println(name + " " + Arrays.toString(shape)));
    }
  }

  /** What the checkpoint's train_config.json says, where it has one. */
  private static void printTraining(PrintWriter out, Path directory) {
    Path file = directory.resolve(TrainingConfig.FILE);
    if (Files.isRegularFile(file)) {
      JsonNode json = JsonFile.read(file);
      out.printf(Locale.ROOT, "trained on %s, %s steps, batch %s, %s with learning rate %s, seed %s%n", json.path("dataset").path("repo_id").asText("?"),
          json.path("steps").asText("?"), json.path("batch_size").asText("?"), json.path("optimizer").path("type").asText("?"),
          json.path("optimizer").path("lr").asText("?"), json.path("seed").asText("?"));
    }
  }

  private ObjectNode json(ModelSummary summary) {
    ObjectNode node = new ObjectMapper().createObjectNode();
    node.put("parameters", summary.parameters()).put("flops_per_chunk", summary.flopsPerChunk());
    var parts = node.putArray("parts");
    for (ModelSummary.Part part : summary.parts()) {
      parts.addObject().put("name", part.name()).put("parameters", part.parameters()).put("flops", part.flops()).put("runs", part.runs());
    }
    if (layers) {
      ObjectNode shapes = node.putObject("shapes");
      summary.shapes().forEach((name, shape) -> {
        var sizes = shapes.putArray(name);
        Arrays.stream(shape).forEach(sizes::add);
      });
    }
    return node;
  }
}
