package flowmatching.app.command;

import ai.onnx.proto.OnnxMl.ModelProto;
import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.NewFile;
import flowmatching.inference.onnx.OnnxModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes the network's parts as ONNX models. */
@Command(
    name = "export",
    description = {
      "Write the network as ONNX models: vision, condition, velocity, integrate.",
      "They point into model.safetensors by offset; where the output is another directory it is linked there, or copied."
    })
public final class ExportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "DIR", description = "Checkpoint.")
  private Path directory;

  @Option(names = "--output", required = true, paramLabel = "DIR", description = "Where to write.")
  private Path output;

  @Option(names = "--batch", paramLabel = "N", defaultValue = "-1", description = "Observations a run; -1 leaves it open. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Override
  public Integer call() throws IOException {
    if (batch != -1 && batch < 1) {
      throw new BadInputException("--batch: expected -1 or at least 1, found " + batch);
    }
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      makeOutput();
      placeWeights(OnnxModels.weightsFile(checkpoint.weights()));
      OnnxModels models = new OnnxModels(checkpoint, batch);
      Map<String, ModelProto> all = new LinkedHashMap<>();
      if (!checkpoint.config().cameras().isEmpty()) {
        all.put("vision", models.vision());
      }
      all.put("condition", models.condition());
      all.put("velocity", models.velocity());
      all.put("integrate", models.integrate());
      for (Map.Entry<String, ModelProto> model : all.entrySet()) {
        Path file = output.resolve(model.getKey() + ".onnx");
        NewFile.write(file, part -> Files.write(part, model.getValue().toByteArray()));
        spec.commandLine().getOut().printf(Locale.ROOT, "%s: %,d bytes%n", file, model.getValue().getSerializedSize());
      }
    }
    spec.commandLine().getOut().flush();
    return 0;
  }

  private void makeOutput() {
    try {
      Files.createDirectories(output);
    } catch (IOException e) {
      throw new BadInputException("--output: expected a directory or where one can be made, found " + (Files.exists(output) ? "the file " : "") + output, e);
    }
  }

  /** The models name the weights' file without a directory, so it has to lie beside them; a hard link costs nothing. */
  private void placeWeights(Path weights) throws IOException {
    Path beside = output.resolve(weights.getFileName());
    if (Files.exists(beside)) {
      if (!Files.isSameFile(beside, weights)) {
        throw new BadInputException(beside + ": is another file than the checkpoint's weights; choose an empty --output");
      }
      return;
    }
    try {
      Files.createLink(beside, weights);
    } catch (IOException | UnsupportedOperationException e) {
      NewFile.write(beside, part -> Files.copy(weights, part, StandardCopyOption.REPLACE_EXISTING));
    }
  }
}
