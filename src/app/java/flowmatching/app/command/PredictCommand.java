package flowmatching.app.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.app.RecordedObservations;
import flowmatching.dataset.Episode;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.policy.ActionChunk;
import flowmatching.policy.FlowMatchingPolicy;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** One frame in, one chunk out. */
@Command(name = "predict", description = "Predict the chunk of actions that follows one recorded frame.")
public final class PredictCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private PolicyFlags policyFlags;
  @Mixin private DatasetFlags datasetFlags;

  @Option(names = "--episode", paramLabel = "N", defaultValue = "0", description = "Episode. Default: ${DEFAULT-VALUE}.")
  private int episode;

  @Option(names = "--frame", paramLabel = "N", defaultValue = "0", description = "Frame of the episode. Default: ${DEFAULT-VALUE}.")
  private int frame;

  @Option(names = "--format", paramLabel = "NAME", defaultValue = "json", description = "json or csv. Default: ${DEFAULT-VALUE}.")
  private String format;

  @Override
  public Integer call() {
    if (!List.of("json", "csv").contains(format)) {
      throw new BadInputException("--format: expected json or csv, found '" + format + "'");
    }
    try (LeRobotDataset dataset = LeRobotDataset.open(datasetFlags.root());
        FlowMatchingPolicy policy = policyFlags.load()) {
      Episode recorded = dataset.episode(episode);
      if (frame < 0 || frame >= recorded.length()) {
        throw new BadInputException("--frame: episode " + episode + " has frames 0 to " + (recorded.length() - 1) + ", found " + frame);
      }
      RecordedObservations observations = new RecordedObservations(dataset, policy);
      ActionChunk chunk = policy.predictActionChunk(observations.observation(observations.item(recorded.from() + frame)));
      PrintWriter out = spec.commandLine().getOut();
      if (format.equals("json")) {
        out.println(json(chunk, observations.actionNames(), policy));
      } else {
        printCsv(out, chunk, observations.actionNames());
      }
      out.flush();
    }
    return 0;
  }

  private String json(ActionChunk chunk, List<String> names, FlowMatchingPolicy policy) {
    ObjectNode node = new ObjectMapper().createObjectNode();
    node.put("policy", policyFlags.path().toString()).put("dataset", datasetFlags.root().toString()).put("episode", episode).put("frame", frame);
    node.put("runtime", policy.runtime());
    policy.config().fps().ifPresent(fps -> node.put("action_rate", fps));
    var columns = node.putArray("names");
    names.forEach(columns::add);
    var actions = node.putArray("actions");
    for (int step = 0; step < chunk.steps(); step++) {
      var row = actions.addArray();
      for (int i = 0; i < chunk.dimension(); i++) {
        row.add(chunk.at(step, i));
      }
    }
    return node.toString();
  }

  private static void printCsv(PrintWriter out, ActionChunk chunk, List<String> names) {
    out.println("step," + String.join(",", names.stream().map(name -> name.contains(",") ? '"' + name + '"' : name).toList()));
    for (int step = 0; step < chunk.steps(); step++) {
      out.print(step);
      for (int i = 0; i < chunk.dimension(); i++) {
        out.print("," + chunk.at(step, i));
      }
      out.println();
    }
  }
}
