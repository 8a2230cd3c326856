package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.app.report.TrainingReport;
import flowmatching.app.training.TrainingRun;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.training.config.TrainingConfig;
import flowmatching.training.config.TrainingConfigReader;
import flowmatching.training.config.TrainingFlag;
import flowmatching.training.config.TrainingFlags;
import flowmatching.training.distributed.RunDirectory;
import flowmatching.training.distributed.WorkerEnvironment;
import flowmatching.training.distributed.WorkerLostException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** Trains a policy. Its flags are {@link TrainingFlags}. */
@Command(
    name = "train",
    description = {
      "Train a policy on a LeRobotDataset. Flags are those of lerobot-train; docs/training_flags.md has them as a table.",
      "Ctrl-C finishes the step, writes a checkpoint and says how to go on; once more, it ends at once.",
      "On several GPUs or machines: torchrun --no-python --nnodes=N --nproc-per-node=K ./flowmatching train ..."
    },
    customSynopsis = "flowmatching train --dataset.repo_id=NAME | --dataset.root=DIR [--FLAG=VALUE ...]",
    modelTransformer = TrainCommand.Flags.class)
public final class TrainCommand implements Callable<Integer> {
  private static final Logger LOG = LogManager.getLogger(TrainCommand.class);

  /** For the step that is being done and a checkpoint of the largest networks on a slow disk. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  @Spec private CommandSpec spec;

  @Unmatched private List<String> unmatched = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    unmatched.stream().map(TrainCommand::nameOf).forEach(TrainingFlags::named); // says what is wrong with it
    WorkerEnvironment environment = WorkerEnvironment.of(System.getenv());
    TrainingConfig config = TrainingConfigReader.read(given(environment), path -> HubAccess.checkpoint(PolicyFlags.FLAG, path));
    if (!config.ignored().isEmpty()) {
      LOG.info("without effect here: {}", config.ignored());
    }
    try (StopSignal signal = new StopSignal(Duration.ZERO)) { // while data and weights are read there is nothing to finish
      return train(config, environment, signal);
    }
  }

  /** Failures are told here: the process ends as soon as a signal that came is closed, which is before others would tell them. */
  private int train(TrainingConfig config, WorkerEnvironment environment, StopSignal signal) throws Exception {
    try (TrainingRun run = new TrainingRun(config, environment, HubAccess.open())) {
      signal.onStop(() -> stop(run, environment), PATIENCE);
      run.train();
      if (environment.rank() == 0) {
        spec.commandLine().getOut().println("report: " + config.outputDirectory().resolve(TrainingReport.NAME));
      }
      return 0;
    } catch (WorkerLostException e) {
      // The others may not know the directory: its name has the time at which a process began.
      LOG.error("{}{}", e.getMessage(), environment.rank() == 0 ? "; " + TrainingRun.wayOn(config) : "");
      return 1;
    } catch (RuntimeException e) {
      CommandLine line = spec.commandLine();
      return line.getExecutionExceptionHandler().handleExecutionException(e, line, line.getParseResult());
    }
  }

  private static void stop(TrainingRun run, WorkerEnvironment environment) {
    run.stop();
    if (environment.rank() == 0) {
      LOG.info("finishing the step; Ctrl-C once more ends at once, without a checkpoint of it");
    }
  }

  private static String nameOf(String argument) {
    if (!argument.startsWith("-")) {
      throw new BadInputException("expected --FLAG=VALUE, found '" + argument + "'");
    }
    String name = argument.replaceFirst("^-*", "");
    return name.contains("=") ? name.substring(0, name.indexOf('=')) : name;
  }

  /** The command line's texts by flag. */
  private Map<String, String> given(WorkerEnvironment environment) {
    Map<String, String> given = new LinkedHashMap<>();
    for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
      String name = nameOf(option.names()[0]);
      if (TrainingFlags.ALL.containsKey(name)) {
        given.put(name, option.getValue());
      }
    }
    // torchrun starts processes anew, after one was lost, with the command line of the first time.
    RunDirectory.of(environment).ifPresent(directory -> {
      given.put("output_dir", directory.toString());
      if (Files.exists(directory.resolve(Checkpoint.NEWEST))) {
        given.keySet().removeAll(List.of("config_path", "policy.path", "rename_map"));
        given.put("resume", "true");
      }
    });
    return given;
  }

  /** Adds the flags of the table to the command. */
  static final class Flags implements IModelTransformer {
    @Override
    public CommandSpec transform(CommandSpec command) {
      for (TrainingFlag flag : TrainingFlags.ALL.values()) {
        List<String> names = new ArrayList<>(List.of("--" + flag.name()));
        TrainingFlags.ALIASES.forEach((other, name) -> {
          if (name.equals(flag.name())) {
            names.add("--" + other);
          }
        });
        String value = flag.shownDefault();
        String description = flag.description() + (value.isEmpty() || flag.description().contains("Default: ") ? "" : " Default: " + value + ".");
        // Without a value it is empty, which the flag refuses in its own words.
        command.addOption(OptionSpec.builder(names.toArray(String[]::new)).type(String.class).arity("0..1").fallbackValue("")
            .paramLabel(flag.kind().name()).description(description.replace("%", "%%")).build());
      }
      command.parser().overwrittenOptionsAllowed(true); // as in lerobot-train: the last one counts
      return command;
    }
  }
}
