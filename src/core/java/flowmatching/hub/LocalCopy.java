package flowmatching.hub;

import flowmatching.checkpoint.NewFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** A commit's files in a directory of the user's, without a cache. Its user holds a lock of the directory. */
record LocalCopy(Path directory) implements Destination {
  /** Where the Python client works too, and what it leaves out when it uploads. */
  static Path work(Path directory) {
    return directory.resolve(".cache/huggingface");
  }

  @Override
  public boolean holds(RemoteFile file) throws IOException {
    Path path = directory.resolve(file.path());
    return Files.isRegularFile(path) && file.matches(Content.of(path));
  }

  @Override
  public void add(List<RemoteFile> equal, Source source) throws IOException {
    RemoteFile file = equal.get(0);
    Path place = directory.resolve(file.path());
    Files.createDirectories(place.getParent());
    source.bring(work(directory).resolve(file.blobName() + ".incomplete"), place);
    for (RemoteFile other : equal.subList(1, equal.size())) {
      NewFile.write(directory.resolve(other.path()), part -> Files.copy(place, part, StandardCopyOption.REPLACE_EXISTING));
    }
  }
}
