package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.conformance.Conformance.Row;
import flowmatching.conformance.Conformance;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.Runtimes;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Compares a runtime with what PyTorch gave. */
@Command(
    name = "conformance",
    description = {
      "Recompute the golden quantities beside a checkpoint (golden.json, golden.safetensors) and compare.",
      "Exits with 1 where one is beyond the tolerance, or is skipped though the runtime does not declare it as unsupported."
    })
public final class ConformanceCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "Checkpoint with golden.json and golden.safetensors.")
  private Path directory;

  @Option(names = "--tolerance", paramLabel = "X", defaultValue = "2e-5", description = "Largest absolute deviation allowed. Default: ${DEFAULT-VALUE}.")
  private double tolerance;

  @Mixin private RuntimeFlags runtime;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      Path golden = checkpoint.directory().resolve(Conformance.GOLDEN);
      if (!Files.isRegularFile(golden)) {
        throw new BadInputException(golden + ": no such file; src/testdata/reference/flowmatching_reference.py golden DIR writes it with PyTorch, src/testdata/golden_models "
            + "has checkpoints with it");
      }
      return compare(checkpoint, out);
    }
  }

  private int compare(Checkpoint checkpoint, PrintWriter out) {
    try (PolicySession session = Runtimes.open(runtime.name(), checkpoint, runtime.options())) {
      List<Row> rows = Conformance.run(checkpoint.directory(), checkpoint, session);
      boolean failed = false;
      Row worst = rows.get(0);
      out.println("runtime: " + session.description());
      for (Row row : rows) {
        boolean unsupported = session.unsupported().contains(row.quantity());
        boolean bad = !unsupported && (row.skipped() != null || !(row.deviation() <= tolerance));
        failed |= bad;
        String verdict = row.skipped() != null ? "skipped: " + row.skipped() : bad ? "BEYOND" : "ok";
        out.printf(Locale.ROOT, "%-44s %8d values   deviation %-10.3g %s%n", row.quantity(), row.values(), row.deviation(), verdict);
        // A deviation that is not a number is worse than any number.
        if (!(row.deviation() <= worst.deviation()) && !Double.isNaN(worst.deviation())) {
          worst = row;
        }
      }
      out.printf(Locale.ROOT, "worst: %s, deviation %.3g, tolerance %.3g: %s%n", worst.quantity(), worst.deviation(), tolerance, failed ? "FAILED" : "passed");
      out.flush();
      return failed ? 1 : 0;
    }
  }
}
