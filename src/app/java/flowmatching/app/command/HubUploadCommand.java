package flowmatching.app.command;

import flowmatching.checkpoint.Checkpoint;
import flowmatching.hub.LeRobotUploads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Puts a checkpoint or a data set on the hub. */
@Command(
    name = "upload",
    description = {
      "Make a commit of a checkpoint or data set on the hub's branch main, and print its address. Needs HF_TOKEN or hf auth login.",
      "A README.md in the directory is taken; where there is none, one is written from what the configuration says."
    })
public final class HubUploadCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "DIR", description = "A checkpoint, or a data set (the directory that holds meta/info.json).")
  private Path directory;

  @Parameters(index = "1", paramLabel = "NAME", description = "Its name on the hub, user/name; made where there is none.")
  private String id;

  @Option(names = "--private", negatable = true, description = "Whether a new repository is private. Default: what config.json says, else the owner's setting on the hub.")
  private Boolean isPrivate;

  @Override
  public Integer call() {
    LeRobotUploads uploads = new LeRobotUploads(HubAccess.open());
    Optional<Boolean> isPublic = Optional.ofNullable(isPrivate).map(hidden -> !hidden);
    String address = Files.isDirectory(directory.resolve("meta")) ? uploads.dataset(id, directory, isPublic)
        : uploads.checkpoint(id, Checkpoint.directory(directory), isPublic);
    spec.commandLine().getOut().println(address);
    spec.commandLine().getOut().flush();
    return 0;
  }
}
