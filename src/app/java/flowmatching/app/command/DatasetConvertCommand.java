package flowmatching.app.command;

import flowmatching.dataset.DatasetInfo;
import flowmatching.dataset.write.ConversionToV30;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** From v2.1 to v3.0. */
@Command(
    name = "convert",
    description = {
      "Make a LeRobotDataset v3.0 out of one of v2.1: the same items; videos are joined without decoding.",
      "The new directory appears when it is complete; the old one stays as it is."
    })
public final class DatasetConvertCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "FROM", description = "A data set of version v2.1.")
  private Path from;

  @Parameters(index = "1", paramLabel = "TO", description = "The new data set's directory, which must not be there yet.")
  private Path to;

  @Override
  public Integer call() throws IOException {
    try (ProgressBar bar = Progress.bar("convert", DatasetInfo.read(from).totalEpisodes())) {
      Unfinished.takeAway(() -> ConversionToV30.convert(from, to, bar::stepTo));
    }
    spec.commandLine().getOut().println(to + ": LeRobotDataset " + DatasetInfo.V30);
    spec.commandLine().getOut().flush();
    return 0;
  }
}
