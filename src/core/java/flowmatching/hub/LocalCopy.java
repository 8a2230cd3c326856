package flowmatching.hub;

import flowmatching.checkpoint.NewFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** A commit's files in a directory of the user's, without a cache. */
record LocalCopy(Path directory) implements Destination {
  @Override
  public boolean holds(RemoteFile file) throws IOException {
    Path path = directory.resolve(file.path());
    return Files.isRegularFile(path) && file.matches(Content.of(path));
  }

  @Override
  public void add(List<RemoteFile> equal, Source source) throws IOException {
    RemoteFile file = equal.get(0);
    Path place = directory.resolve(file.path());
    // As the Python client, which leaves this directory out when it uploads.
    Path work = directory.resolve(".cache/huggingface");
    BlobLock.hold(work.resolve(file.blobName() + ".lock"), () -> {
      if (!holds(file)) {
        Files.createDirectories(place.getParent());
        source.bring(work.resolve(file.blobName() + ".incomplete"), place);
      }
    });
    for (RemoteFile other : equal.subList(1, equal.size())) {
      NewFile.write(directory.resolve(other.path()), part -> Files.copy(place, part, StandardCopyOption.REPLACE_EXISTING));
    }
  }
}
