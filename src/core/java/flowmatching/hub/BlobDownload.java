package flowmatching.hub;

import flowmatching.BadInputException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Brings one file's content: to a partial file, from where an earlier attempt or process ended, until size and hash are right; then
 * it is renamed to its place. The caller holds the file's lock.
 */
final class BlobDownload {
  private static final int BUFFER = 1 << 18;
  private static final int RANGE_NOT_SATISFIABLE = 416;

  private final HubHttp http;
  private final HubRequest request;
  private final RemoteFile file;
  private final Path partial;
  private final TransferListener listener;
  /** The most bytes of the partial file so far, and what the listener was told. */
  private long reached;

  /** @param timeout how long the server may send nothing */
  BlobDownload(HubHttp http, RepositoryName repository, String commit, RemoteFile file, Path partial, Duration timeout, TransferListener listener) {
    URI uri = http.hub().at(repository.webPath() + "/resolve/" + commit + "/" + HubEndpoint.encodePath(file.path()));
    this.http = http;
    this.request = new HubRequest("GET", uri, repository, repository + ", file " + file.path() + " at " + commit.substring(0, 7), Map.of(), Optional.empty(), true, timeout);
    this.file = file;
    this.partial = partial;
    this.listener = listener;
  }

  /** @throws BadInputException where the hub refuses it, sends something else, or the disk is full */
  void to(Path place) throws IOException {
    Files.createDirectories(partial.getParent());
    try (FileChannel out = FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      if (out.size() > file.size()) {
        out.truncate(0);
      }
      boolean resumed = out.size() > 0;
      reached = out.size();
      listener.moved(reached);
      checkSpace();
      fetch(out);
      if (!file.matches(Content.of(partial)) && resumed) { // the earlier bytes were of no use
        startOver(out);
        fetch(out);
      }
      out.force(true); // a blob is believed by its name from now on
    }
    if (!file.matches(Content.of(partial))) {
      String found = file.hash(Content.of(partial));
      Files.delete(partial);
      throw new BadInputException(request.what() + ": expected content with the hash " + file.blobName() + ", found " + found
          + "; what came was deleted: try again, and if it stays so, distrust the server or what is between");
    }
    Files.move(partial, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private void checkSpace() throws IOException {
    long free = Files.getFileStore(partial).getUsableSpace();
    if (file.size() - reached > free) {
      throw new BadInputException(request.what() + ": " + (file.size() - reached) + " bytes to come, and " + free + " free at " + partial.getParent());
    }
  }

  private void fetch(FileChannel out) {
    http.backoff().run(request.what(), () -> reached, () -> {
      long from = out.size();
      if (from == file.size()) {
        return null;
      }
      try {
        return http.send(from == 0 ? request : request.with("Range", "bytes=" + from + "-"), response -> receive(response, out, from));
      } catch (HubErrors.Refused e) {
        if (e.status() == RANGE_NOT_SATISFIABLE && from > 0) {
          startOver(out);
          throw new IOException("cannot be resumed at byte " + from, e);
        }
        throw e;
      }
    });
  }

  private Void receive(HubHttp.Response response, FileChannel out, long from) throws IOException {
    String range = response.header("Content-Range").orElse("");
    if (from > 0 && !(response.status() == 206 && range.startsWith("bytes " + from + "-"))) {
      startOver(out); // the server sends all of it
    }
    out.position(out.size());
    byte[] buffer = new byte[BUFFER];
    InputStream in = response.body();
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      if (Thread.currentThread().isInterrupted()) {
        throw new BadInputException(request.what() + ": interrupted");
      }
      if (out.position() + read > file.size()) {
        startOver(out);
        throw new BadInputException(request.what() + ": expected " + file.size() + " bytes, found more");
      }
      write(out, ByteBuffer.wrap(buffer, 0, read));
      reached += read;
      listener.moved(read);
    }
    if (out.size() < file.size()) {
      throw new IOException("connection closed at " + out.size() + " of " + file.size() + " bytes");
    }
    return null;
  }

  private void write(FileChannel out, ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    } catch (IOException e) { // not the network: no use to try again
      throw new BadInputException(partial + ": cannot be written: " + e.getMessage(), e);
    }
  }

  private void startOver(FileChannel out) throws IOException {
    listener.moved(-out.size());
    reached = 0;
    out.truncate(0);
  }
}
