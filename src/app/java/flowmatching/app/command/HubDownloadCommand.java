package flowmatching.app.command;

import flowmatching.hub.LeRobotDownloads;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Fills the cache, or brings it up to date. */
@Command(
    name = "download",
    description = {
      "Bring a checkpoint or data set to the cache, in its newest version, and print its directory.",
      "Other commands take what the cache has, without asking the hub: this is how they get something newer."
    })
public final class HubDownloadCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "NAME", description = "Its name on the hub, user/name.")
  private String id;

  @Option(names = "--repo_type", paramLabel = "TYPE", defaultValue = "model", description = "model or dataset. Default: ${DEFAULT-VALUE}.")
  private RepositoryKind kind;

  @Option(names = "--revision", paramLabel = "NAME", description = "Branch, tag or commit. Default: main; of a data set the tag of its format, v3.0.")
  private String revision;

  @Override
  public Integer call() {
    LeRobotDownloads downloads = new LeRobotDownloads(HubAccess.open()).fresh();
    Path directory = kind == RepositoryKind.MODEL
        ? downloads.checkpoint(id, Optional.ofNullable(revision)) : downloads.dataset(id, Optional.empty(), Optional.ofNullable(revision));
    spec.commandLine().getOut().println(directory);
    spec.commandLine().getOut().flush();
    return 0;
  }
}
