package flowmatching.hub;

import flowmatching.BadInputException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Brings files of one commit, several at a time. */
record Download(HubHttp http, RepositoryName repository, String commit, Duration timeout, TransferListener listener) {
  private static final int THREADS = 8;
  /** What the hub serves over HTTP. */
  private static final long MAX_FILE_BYTES = 50_000_000_000L;

  /** Returns when all are there; where one fails, those that are whole stay and the next call goes on. */
  void bring(List<RemoteFile> files, Destination destination) throws IOException {
    Map<String, List<RemoteFile>> missing = new LinkedHashMap<>();
    for (RemoteFile file : files) {
      if (!destination.holds(file)) {
        missing.computeIfAbsent(file.blobName(), name -> new ArrayList<>()).add(file);
      }
    }
    long bytes = missing.values().stream().mapToLong(equal -> checkedSize(equal.get(0))).sum();
    if (missing.isEmpty()) {
      return;
    }
    listener.begin(repository.toString(), bytes);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (List<RemoteFile> equal : missing.values()) {
        running.add(threads.submit(() -> {
          destination.add(equal, (partial, place) -> new BlobDownload(http, repository, commit, equal.get(0), partial, timeout, listener).to(place));
          return null;
        }));
      }
      for (Future<?> each : running) {
        await(each);
      }
    } finally {
      threads.shutdownNow();
      listener.end();
    }
  }

  private void await(Future<?> download) throws IOException {
    try {
      download.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BadInputException(repository + ": download interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private long checkedSize(RemoteFile file) {
    if (file.size() > MAX_FILE_BYTES) {
      throw new BadInputException(repository + ", file " + file.path() + ": expected at most " + MAX_FILE_BYTES + " bytes, found " + file.size()
          + "; the hub serves larger files by its Xet protocol only: use hf download");
    }
    return file.size();
  }
}
