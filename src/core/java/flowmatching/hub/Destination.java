package flowmatching.hub;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Where the files of a commit are brought to. */
interface Destination {
  /** Whether a file is there as the listing says. */
  boolean holds(RemoteFile file) throws IOException;

  /**
   * Makes files that have the same content.
   *
   * @param source brings that content to a place, by way of a partial file beside it
   */
  void add(List<RemoteFile> equal, Source source) throws IOException;

  /** Brings a content. */
  interface Source {
    void bring(Path partial, Path place) throws IOException;
  }
}
