package flowmatching.training.data;

import flowmatching.BadInputException;
import flowmatching.dataset.Episode;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.policy.PolicyProcessors;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Batches of a LeRobotDataset. Threads fill the batches to come while one is used: each thread a batch of its own, in native memory
 * that is used again.
 *
 * <p>Of R processes with batches of B, batch n of process r takes draws {@code (n R + r) B} to {@code (n R + r) B + B - 1}: together
 * they draw what one process with batches of R B draws. Where the run had others before it was resumed, its draws go on from there.
 */
public final class DatasetBatches implements BatchSource {
  private static final int SECONDS_TO_END = 30;

  private final Path root;
  private final FlowMatchingConfig config;
  private final PolicyProcessors processors;
  private final BatchOptions options;
  private final PictureCache cache;
  private final DrawOrder order;
  private final ExecutorService threads;
  private final List<SampleReader> readers = new ArrayList<>();
  private final ThreadLocal<SampleReader> reader = ThreadLocal.withInitial(this::open);
  private final List<BatchSlot> slots = new ArrayList<>();
  private final Deque<BatchSlot> free = new ArrayDeque<>();
  private final Deque<Ahead> ahead = new ArrayDeque<>();
  private BatchSlot used;
  private long next;

  private record Ahead(long number, BatchSlot slot, Future<?> filling) {}

  /**
   * Opens a data set.
   *
   * @param root its directory
   * @param processors renaming and normalisation of the policy
   * @throws BadInputException where the data set lacks what the policy needs, or has no frames to draw
   */
  public DatasetBatches(Path root, FlowMatchingConfig config, PolicyProcessors processors, BatchOptions options) {
    this.root = root;
    this.config = config;
    this.processors = processors;
    this.options = options;
    cache = new PictureCache(options.cacheBytes());
    threads = options.workers() == 0 ? null : Executors.newFixedThreadPool(options.workers(), work -> {
      Thread thread = new Thread(work, "batches of " + root.getFileName());
      thread.setDaemon(true);
      return thread;
    });
    try {
      SampleReader first = reader.get();
      order = new DrawOrder(frames(first), options.seed());
      for (int i = 0; i < 2 * options.workers() + 1; i++) {
        slots.add(new BatchSlot(config, options.size(), first.pictureSizes()));
      }
      free.addAll(slots);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private int[] frames(SampleReader first) {
    List<Episode> episodes =
        options.episodes().isEmpty() ? first.dataset().episodes() : options.episodes().stream().map(first.dataset()::episode).toList();
    int[] frames = episodes.stream().flatMapToInt(episode -> IntStream.range(episode.from(), episode.to())).toArray();
    if (frames.length == 0) {
      throw new BadInputException(root + ": expected frames to train on, found none in episodes " + options.episodes());
    }
    return frames;
  }

  private SampleReader open() {
    synchronized (readers) {
      SampleReader opened = readers.isEmpty() ? new SampleReader(root, config, processors, options, cache) : readers.get(0).forAnotherThread();
      readers.add(opened);
      return opened;
    }
  }

  /** Frames of an epoch, of all processes. */
  int size() {
    return order.size();
  }

  /** Pictures that were found decoded, so far. */
  long cacheHits() {
    return cache.hits();
  }

  @Override
  public Batch batch(long number) {
    if (used != null) {
      free.add(used);
      used = null;
    }
    if (!ahead.isEmpty() && ahead.peek().number() != number) {
      ahead.forEach(this::discard);
      ahead.clear();
    }
    if (ahead.isEmpty()) {
      next = number;
    }
    do {
      Ahead begun = begin(next++);
      ahead.add(begun);
    } while (threads != null && !free.isEmpty());
    Ahead wanted = ahead.remove();
    used = wanted.slot();
    finish(wanted);
    return used.batch();
  }

  private Ahead begin(long number) {
    BatchSlot slot = free.remove();
    Batch batch = slot.batch();
    long first = (number * options.processes() + options.rank()) * options.size() + options.ahead();
    for (int i = 0; i < batch.size(); i++) {
      batch.draws()[i] = first + i;
      batch.indices()[i] = order.frame(first + i); // here, because the order belongs to this thread
    }
    Runnable fill = () -> {
      for (int i = 0; i < batch.size() && !Thread.currentThread().isInterrupted(); i++) {
        reader.get().read(i, slot);
      }
    };
    if (threads == null) {
      fill.run();
      return new Ahead(number, slot, null);
    }
    return new Ahead(number, slot, threads.submit(fill));
  }

  private static void finish(Ahead batch) {
    try {
      if (batch.filling() != null) {
        batch.filling().get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a batch", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e.getCause());
    }
  }

  /** Waits until nobody writes to the slot any more; what went wrong with it does not matter. */
  private void discard(Ahead batch) {
    try {
      finish(batch);
    } catch (RuntimeException e) {
      // Asked for again, it says so again.
    }
    free.add(batch.slot());
  }

  @Override
  public void close() {
    if (threads != null) {
      threads.shutdownNow();
      try {
        // Memory that a thread still writes to must not be freed.
        if (!threads.awaitTermination(SECONDS_TO_END, TimeUnit.SECONDS)) {
          return;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
    synchronized (readers) {
      readers.forEach(SampleReader::close);
      readers.clear();
    }
    slots.forEach(BatchSlot::close);
    slots.clear();
  }
}
