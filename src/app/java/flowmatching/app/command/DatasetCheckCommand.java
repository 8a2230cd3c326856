package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.dataset.DatasetInfo;
import flowmatching.dataset.check.DatasetCheck;
import flowmatching.dataset.check.Findings;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What is wrong with a data set. */
@Command(
    name = "check",
    description = {
      "List every defect of a data set: missing files, wrong counts, timestamps that are off, numbers that are none, pictures that cannot be decoded, "
          + "videos of another length, statistics that do not fit.",
      "Every picture is decoded. Exit code 1 where there is a defect."
    })
public final class DatasetCheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "DIR", description = "LeRobotDataset (v3.0 or v2.1): the directory that holds meta/info.json.")
  private Path root;

  @Override
  public Integer call() {
    if (!Files.isDirectory(root)) {
      throw new BadInputException(root + ": expected a data set's directory with meta/info.json, found " + (Files.exists(root) ? "a file" : "nothing"));
    }
    Findings findings;
    try (ProgressBar bar = Progress.bar("check", pictures())) {
      findings = DatasetCheck.check(root, bar::stepTo);
    }
    PrintWriter out = spec.commandLine().getOut();
    findings.defects().forEach(defect -> out.println("defect: " + defect));
    findings.notes().forEach(note -> out.println("note: " + note));
    out.println(root + ": " + (findings.defects().isEmpty() ? "no defect" : findings.defects().size() + " defects"));
    out.flush();
    return findings.defects().isEmpty() ? 0 : 1;
  }

  /** How many there are, -1 where the set does not say. */
  private long pictures() {
    try {
      DatasetInfo info = DatasetInfo.read(root);
      return (long) info.totalFrames() * info.cameras().size();
    } catch (BadInputException e) {
      return -1;
    }
  }
}
