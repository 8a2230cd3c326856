package flowmatching.hub;

import flowmatching.checkpoint.NewFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A commit in the cache: links to blobs, which commits share.
 *
 * @param directory {@code snapshots/COMMIT}
 */
record CacheSnapshot(Path directory, Path blobs, Path locks) implements Destination {
  @Override
  public boolean holds(RemoteFile file) {
    return hasSize(directory.resolve(file.path()), file.size());
  }

  @Override
  public void add(List<RemoteFile> equal, Source source) throws IOException {
    RemoteFile file = equal.get(0);
    Path blob = blobs.resolve(file.blobName());
    BlobLock.hold(locks.resolve(file.blobName() + ".flowmatching.lock"), () -> {
      if (!hasSize(blob, file.size())) {
        source.bring(blobs.resolve(file.blobName() + ".flowmatching.incomplete"), blob);
      }
    });
    for (RemoteFile each : equal) {
      link(directory.resolve(each.path()), blob);
    }
  }

  /** Relative, so that a cache can be moved. */
  private static void link(Path pointer, Path blob) throws IOException {
    NewFile.write(pointer, part -> {
      Files.delete(part);
      Files.createSymbolicLink(part, pointer.toAbsolutePath().getParent().relativize(blob.toAbsolutePath()));
    });
  }

  private static boolean hasSize(Path path, long size) {
    try {
      return Files.size(path) == size;
    } catch (IOException e) { // not there, or a link to nothing
      return false;
    }
  }
}
