package flowmatching.training;

import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.Directories;
import flowmatching.checkpoint.JsonFile;
import flowmatching.training.torch.NetworkParameters;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The checkpoints of a run, in LeRobot's layout:
 *
 * <pre>
 *   checkpoints/000100/pretrained_model/   config.json, model.safetensors, what the caller adds
 *   checkpoints/000100/training_state/     {@link TrainingState}
 *   checkpoints/last                       a link to the newest
 * </pre>
 *
 * <p>Each is written beside its place, brought to the disk, and renamed: it is whole or not there, also after a loss of power.
 */
public final class TrainingCheckpoints {
  private static final String STATE = "training_state";
  private static final String LAST = "last";
  private static final String PART = ".part";
  private static final String OLD = ".old";

  private final Path directory;
  private final int digits;

  /** What belongs into {@code pretrained_model} besides the network: processor files, {@code train_config.json}. */
  public interface Additions {
    void write(Path directory) throws IOException;
  }

  /**
   * @param output the run's directory
   * @param steps of the whole run; names have as many digits, 6 or more
   */
  public TrainingCheckpoints(Path output, long steps) {
    directory = output.resolve("checkpoints");
    digits = Math.max(6, String.valueOf(steps).length());
  }

  /**
   * Writes a checkpoint and points {@code last} to it; one of the same step is replaced.
   *
   * @param batchSize samples of a batch of one process, as LeRobot stores it
   * @param processes of the run
   * @return its directory
   * @throws IOException where it cannot be written; checkpoints that were there are as before
   */
  public Path save(Trainer trainer, int batchSize, int processes, Additions additions) throws IOException {
    Path place = directory.resolve(String.format(Locale.ROOT, "%0" + digits + "d", trainer.step()));
    Path part = directory.resolve("." + place.getFileName() + "." + ProcessHandle.current().pid() + PART);
    Files.createDirectories(directory);
    deleteLeft(PART);
    try {
      writeModel(trainer, Files.createDirectories(model(part)), additions);
      TrainingState.write(trainer, batchSize, processes, Files.createDirectories(part.resolve(STATE)));
      force(part);
      if (Files.exists(place)) {
        Path old = directory.resolve("." + place.getFileName() + OLD);
        Directories.delete(old);
        Files.move(place, old, StandardCopyOption.ATOMIC_MOVE);
      }
      Files.move(part, place, StandardCopyOption.ATOMIC_MOVE);
      pointTo(place);
      deleteLeft(OLD);
      return place;
    } finally {
      Directories.delete(part);
    }
  }

  /**
   * Makes the checkpoint that a run goes on from its newest: what follows is not the continuation of those after it, and where the
   * process is killed before it writes one of its own, the run goes on from here again. A checkpoint of another run stays as it is.
   *
   * @throws IOException where the link cannot be written
   * @throws BadInputException where it is none
   */
  public void goOnFrom(Path checkpoint) throws IOException {
    Path last = directory.resolve(LAST);
    if (Files.isDirectory(last, LinkOption.NOFOLLOW_LINKS)) {
      throw new BadInputException(last + ": expected a link to a checkpoint, found a directory, as copies have it;"
          + " rename it to its step, as 000100, or delete it where that is there, and make the link: ln -s 000100 last");
    }
    boolean already = Files.isSymbolicLink(last) && Files.readSymbolicLink(last).equals(checkpoint.getFileName());
    if (!already && Files.isDirectory(directory) && Files.isSameFile(checkpoint.getParent(), directory)) {
      pointTo(checkpoint);
    }
  }

  private static void writeModel(Trainer trainer, Path model, Additions additions) throws IOException {
    JsonFile.write(model.resolve(Checkpoint.CONFIG), trainer.config().toJson());
    NetworkParameters.write(model.resolve(Checkpoint.WEIGHTS), trainer.weights().byName());
    additions.write(model);
  }

  /** Else a rename may be on the disk before what was written, and the checkpoint be there with empty files. */
  private static void force(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        try (FileChannel channel = FileChannel.open(file)) {
          channel.force(true);
        }
      }
    }
  }

  private void pointTo(Path place) throws IOException {
    Path link = directory.resolve("." + LAST + "." + ProcessHandle.current().pid() + PART);
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, place.getFileName());
    Files.move(link, directory.resolve(LAST), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Frees what processes that were killed had begun: each may be as large as a checkpoint. */
  private void deleteLeft(String ending) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.startsWith(".") && name.endsWith(ending)) {
          Directories.delete(file);
        }
      }
    }
  }

  /** Where a checkpoint's policy is. */
  public static Path model(Path checkpoint) {
    return checkpoint.resolve(Checkpoint.PRETRAINED);
  }

  /**
   * Lets a new trainer go on where a checkpoint was written.
   *
   * @param trainer whose weights are already the checkpoint's
   * @param batchSize samples of a batch of one process from now on
   * @param processes of the run from now on
   * @throws BadInputException where the state is broken or belongs to another network or optimizer, naming file and key
   */
  public static void resume(Trainer trainer, int batchSize, int processes, Path checkpoint) {
    TrainingState.read(trainer, batchSize, processes, checkpoint.resolve(STATE));
  }
}
