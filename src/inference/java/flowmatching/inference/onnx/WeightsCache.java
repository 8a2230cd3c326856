package flowmatching.inference.onnx;

import flowmatching.BadInputException;
import flowmatching.checkpoint.Directories;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.checkpoint.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** What was made from checkpoints' weights and is kept: files {@code kind-key.suffix}, the oldest of a kind deleted. */
public final class WeightsCache {
  private static final Logger LOG = LogManager.getLogger(WeightsCache.class);
  /** Files of a kind that are kept beside the newest. */
  private static final int KEPT = 3;
  private static final int SAMPLE = 4096;
  /** Nothing takes as long to be made. */
  private static final Duration LONGEST = Duration.ofDays(1);

  private WeightsCache() {}

  /** {@code $XDG_CACHE_HOME/flowmatching}, as a rule {@code ~/.cache/flowmatching}. */
  public static Path directory() {
    return directory(System.getenv(), System.getProperty("user.home"));
  }

  /** @param user the home that the system knows, which is "?" for a user without an entry, as containers have them */
  static Path directory(Map<String, String> environment, String user) {
    String chosen = environment.get("XDG_CACHE_HOME");
    String home = environment.getOrDefault("HOME", user);
    return (chosen == null || chosen.isBlank() ? Path.of(home, ".cache") : Path.of(chosen)).resolve("flowmatching");
  }

  /**
   * Opens a copy of a checkpoint's weights, and makes it first where it is not there.
   *
   * @param kind of copy, the beginning of its name
   * @param format changes where what is written changes
   * @param tensor adds the tensor of a name to the copy
   * @throws BadInputException where it cannot be written
   */
  static SafetensorsFile copy(
      SafetensorsFile weights, Path cache, String kind, String format, BiConsumer<SafetensorsWriter, String> tensor) {
    Path file = cache.resolve(kind + "-" + key(weights, format) + ".safetensors");
    try {
      if (Files.isRegularFile(file)) {
        used(file);
        return SafetensorsFile.open(file);
      }
    } catch (BadInputException e) {
      LOG.warn("{} is written again: {}", file, e.getMessage());
    }
    LOG.info("writing {} weights to {} (once)", kind, file);
    try {
      SafetensorsWriter writer = new SafetensorsWriter();
      weights.names().forEach(name -> tensor.accept(writer, name));
      writer.write(file);
      removeOld(file, kind);
    } catch (IOException e) {
      throw new BadInputException(file + ": " + kind + " weights cannot be written: " + e + "; XDG_CACHE_HOME names another directory", e);
    }
    return SafetensorsFile.open(file);
  }

  /** Names the weights: their file's size and time, and the beginning of each tensor. */
  public static String key(SafetensorsFile weights, String format) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      Path file = weights.path().toRealPath();
      String known = format + " " + Files.size(file) + " " + Files.getLastModifiedTime(file).toMillis();
      digest.update(known.getBytes(StandardCharsets.UTF_8));
      for (String name : weights.names()) {
        digest.update((name + Arrays.toString(weights.entry(name).shape())).getBytes(StandardCharsets.UTF_8));
        ByteBuffer bytes = weights.bytes(name);
        digest.update(bytes.limit(Math.min(bytes.limit(), SAMPLE)));
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    } catch (IOException e) {
      throw new BadInputException(weights.path() + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** Marks a file as used, so that it is not the oldest; a cache that is another's, or read-only, can be used all the same. */
  public static void used(Path file) {
    try {
      Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis()));
    } catch (IOException e) {
      LOG.debug("{} cannot be marked as used: {}", file, e.toString());
    }
  }

  /**
   * Deletes the files of a kind that were not used for longest, {@code newest} and three others stay, and what processes that were killed
   * had begun of the kind; but nothing that is not ours to delete.
   */
  public static void removeOld(Path newest, String kind) {
    String suffix = newest.toString().substring(newest.toString().lastIndexOf('.'));
    Pattern ofKind = Pattern.compile(Pattern.quote(kind + "-") + ".*" + Pattern.quote(suffix));
    Pattern begun = Pattern.compile(Pattern.quote("." + kind + "-") + ".*\\.part");
    FileTime abandoned = FileTime.from(Instant.now().minus(LONGEST));
    try (Stream<Path> files = Files.list(newest.getParent())) {
      List<Path> all = files.toList();
      List<Path> copies = all.stream().filter(file -> ofKind.matcher(file.getFileName().toString()).matches() && !file.equals(newest))
          .sorted(Comparator.comparing(WeightsCache::lastUsed).reversed()).toList();
      List<Path> old = new ArrayList<>(copies.subList(Math.min(KEPT, copies.size()), copies.size()));
      all.stream().filter(file -> begun.matcher(file.getFileName().toString()).matches() && lastUsed(file).compareTo(abandoned) < 0).forEach(old::add);
      for (Path file : old) {
        Directories.delete(file);
      }
    } catch (IOException e) {
      LOG.warn("old {} files cannot be deleted: {}", kind, e.toString());
    }
  }

  private static FileTime lastUsed(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      return FileTime.fromMillis(0); // another process has deleted it
    }
  }
}
