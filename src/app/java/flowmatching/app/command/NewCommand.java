package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.JsonFile;
import flowmatching.dataset.LeRobotDataset;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.ModelSummary;
import flowmatching.policy.ProcessorFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a checkpoint with random weights. */
@Command(
    name = "new",
    description = {
      "Write a checkpoint with random weights for a configuration.",
      "A data set's statistics go into the checkpoint's processor files; without one the policy runs with --normalization=none only."
    })
public final class NewCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "CONFIG", description = "config.json; docs/configuration.md lists its keys.")
  private Path config;

  @Parameters(index = "1", paramLabel = "DIR", description = "Directory to write; must not hold a checkpoint yet.")
  private Path directory;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Seed of the weights. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Mixin private DatasetFlags datasetFlags;

  @Override
  public Integer call() throws IOException {
    if (directory.toString().isEmpty()) {
      throw new BadInputException("DIR: expected a directory, found nothing");
    }
    if (Files.exists(directory.resolve(Checkpoint.WEIGHTS))) {
      throw new BadInputException(directory + ": holds a checkpoint already");
    }
    FlowMatchingConfig parsed = FlowMatchingConfig.parse(config.toString(), JsonFile.read(config));
    if (datasetFlags.given()) {
      try (LeRobotDataset dataset = LeRobotDataset.open(datasetFlags.root())) {
        // First: it refuses statistics that do not fit, before 680 MB are written.
        ProcessorFiles.write(directory, parsed, dataset.statistics().byFeature());
      }
    }
    Unfinished.takeAway(() -> Checkpoint.create(directory, parsed, seed));
    PrintWriter out = spec.commandLine().getOut();
    out.printf(Locale.ROOT, "%s: %,d parameters, random (seed %d)%n", directory, new ModelSummary(parsed).parameters(), seed);
    out.flush();
    return 0;
  }
}
