package flowmatching.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.checkpoint.JsonFile;
import flowmatching.checkpoint.NewFile;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.checkpoint.SafetensorsWriter;
import flowmatching.training.torch.HostTensor;
import flowmatching.training.torch.NetworkParameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/**
 * What a run needs to go on besides the policy, as LeRobot 0.6.1 stores it: {@code optimizer_state.safetensors},
 * {@code optimizer_param_groups.json}, {@code scheduler_state.json}, {@code rng_state.safetensors}, {@code training_step.json}. With
 * averaged weights also {@code raw_model.safetensors}: the policy's are then the averages, and these are trained on.
 *
 * <p>Random numbers here are keyed by seed and draw, so {@code rng_state} is written for LeRobot's sake and never read.
 */
final class TrainingState {
  private static final String OPTIMIZER = "optimizer_state.safetensors";
  private static final String GROUPS = "optimizer_param_groups.json";
  private static final String SCHEDULER = "scheduler_state.json";
  private static final String STEP = "training_step.json";
  private static final String DRAWS = "draws";
  private static final String RAW = "raw_model.safetensors";
  private static final ObjectMapper JSON = new ObjectMapper();

  private TrainingState() {}

  static void write(Trainer trainer, int batchSize, int processes, Path directory) throws IOException {
    SafetensorsWriter moments = new SafetensorsWriter();
    int index = 0;
    for (ParameterGroup group : trainer.groups()) {
      long steps = group.optimizer().steps();
      for (int i = 0; i < group.names().size(); i++) {
        String name = "state/" + index++ + "/";
        add(moments, name + "exp_avg", group.optimizer().means().get(i));
        add(moments, name + "exp_avg_sq", group.optimizer().squares().get(i));
        moments.addFloats(name + "step", new long[0], () -> new float[] {steps});
      }
    }
    moments.write(directory.resolve(OPTIMIZER));
    NewFile.writeText(directory.resolve(GROUPS), JSON.writerWithDefaultPrettyPrinter().writeValueAsString(groups(trainer)));
    JsonFile.write(directory.resolve(SCHEDULER), scheduler(trainer));
    JsonFile.write(directory.resolve(STEP),
        JSON.createObjectNode().put("step", trainer.step()).put("num_processes", processes).put("batch_size", batchSize)
            .put(DRAWS, draws(trainer, trainer.step(), batchSize, processes) + trainer.drawsAhead()));
    RandomStates.write(directory, trainer.options().seed());
    if (trainer.average() != null) {
      NetworkParameters.write(directory.resolve(RAW), trainer.parameters().byName());
    }
  }

  private static void add(SafetensorsWriter writer, String name, Tensor tensor) {
    writer.addFloats(name, tensor.sizes().vec().get(), () -> HostTensor.floats(tensor));
  }

  private static ArrayNode groups(Trainer trainer) {
    OptimizerOptions options = trainer.options().optimizer();
    ArrayNode groups = JSON.createArrayNode();
    int index = 0;
    for (ParameterGroup group : trainer.groups()) {
      ObjectNode node = groups.addObject();
      node.put("lr", rate(trainer, group)).putArray("betas").add(options.beta1()).add(options.beta2());
      node.put("eps", options.eps()).put("weight_decay", options.weightDecay()).put("amsgrad", false).put("maximize", false);
      node.putNull("foreach").put("capturable", false).put("differentiable", false).putNull("fused").put("decoupled_weight_decay", true);
      node.put("initial_lr", options.lr() * group.factor());
      ArrayNode parameters = node.putArray("params");
      for (int i = 0; i < group.names().size(); i++) {
        parameters.add(index++);
      }
    }
    return groups;
  }

  /** What the next step will use. */
  private static double rate(Trainer trainer, ParameterGroup group) {
    return trainer.options().optimizer().lr() * group.factor() * trainer.options().schedule().factor(trainer.step());
  }

  private static ObjectNode scheduler(Trainer trainer) {
    ObjectNode node = JSON.createObjectNode();
    ArrayNode base = node.putArray("base_lrs");
    ArrayNode last = JSON.createArrayNode();
    ArrayNode functions = JSON.createArrayNode();
    for (ParameterGroup group : trainer.groups()) {
      base.add(trainer.options().optimizer().lr() * group.factor());
      last.add(rate(trainer, group));
      functions.addNull();
    }
    node.put("last_epoch", trainer.step()).put("_step_count", trainer.step() + 1).put("_is_initial", false);
    node.put("_get_lr_called_within_step", false).set("_last_lr", last);
    node.set("lr_lambdas", functions);
    return node;
  }

  /** @throws BadInputException where a file is missing or broken, or belongs to another network or optimizer */
  static void read(Trainer trainer, int batchSize, int processes, Path directory) {
    JsonNode state = JsonFile.read(directory.resolve(STEP));
    long step = step(directory.resolve(STEP), state);
    try (SafetensorsFile moments = SafetensorsFile.open(directory.resolve(OPTIMIZER))) {
      int wanted = trainer.groups().stream().mapToInt(group -> group.names().size()).sum();
      long found = moments.names().stream().filter(name -> name.endsWith("/exp_avg")).count();
      if (found != wanted) {
        throw new BadInputException(moments.path() + ": expected the moments of " + wanted + " parameters, found those of " + found
            + "; is the vision encoder trained as before?");
      }
      int index = 0;
      for (ParameterGroup group : trainer.groups()) {
        for (int i = 0; i < group.names().size(); i++) {
          String name = "state/" + index++ + "/";
          set(moments, name + "exp_avg", group.optimizer().means().get(i), group.names().get(i));
          set(moments, name + "exp_avg_sq", group.optimizer().squares().get(i), group.names().get(i));
          if (moments.floats(name + "step")[0] != step) {
            throw new BadInputException(moments.path() + ": " + name + "step: expected " + step + " as " + STEP + " says, found "
                + moments.floats(name + "step")[0]);
          }
        }
      }
    }
    if (trainer.average() != null || Files.exists(directory.resolve(RAW))) {
      readRaw(trainer, directory.resolve(RAW));
    }
    // LeRobot's has no draws: there were as many as its batches and processes drew.
    long drawn = state.path(DRAWS).asLong(
        draws(trainer, step, state.path("batch_size").asInt(batchSize), state.path("num_processes").asInt(processes)));
    trainer.resumeAt(step, drawn - draws(trainer, step, batchSize, processes));
  }

  /** Samples of some steps. */
  private static long draws(Trainer trainer, long steps, int batchSize, int processes) {
    return steps * trainer.options().accumulation() * batchSize * processes;
  }

  /** The policy's weights, which the trainer has, are the averages. */
  private static void readRaw(Trainer trainer, Path file) {
    if (!Files.exists(file)) {
      throw new BadInputException(file + ": no such file; the run had no averaged weights, train on without ema_decay");
    }
    try (SafetensorsFile raw = SafetensorsFile.open(file)) {
      for (String name : trainer.parameters().names()) {
        set(raw, name, trainer.parameters().get(name), name);
      }
    }
  }

  private static void set(SafetensorsFile file, String name, Tensor tensor, String parameter) {
    long[] shape = tensor.sizes().vec().get();
    if (!Arrays.equals(shape, file.entry(name).shape())) {
      throw new BadInputException(file.path() + ": " + name + ": expected shape " + Arrays.toString(shape) + " of " + parameter + ", found "
          + Arrays.toString(file.entry(name).shape()));
    }
    HostTensor.set(tensor, file.floats(name));
  }

  private static long step(Path file, JsonNode state) {
    JsonNode step = state.path("step");
    if (!step.isIntegralNumber() || step.asLong() < 0) {
      throw new BadInputException(file + ": step: expected a number, found " + (step.isMissingNode() ? "nothing" : step));
    }
    return step.asLong();
  }
}
