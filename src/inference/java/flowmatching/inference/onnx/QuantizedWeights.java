package flowmatching.inference.onnx;

import flowmatching.BadInputException;
import flowmatching.checkpoint.DType;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.checkpoint.SafetensorsFile.Entry;
import flowmatching.checkpoint.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * A copy of a checkpoint's weights with every large matrix in 8 bits, kept in a cache.
 *
 * <p>A matrix [out, in] is stored transposed, [in, out], as {@code round(w / scale)} with a scale for each of the rows that it had:
 * the row's greatest magnitude / 127. All else is kept as it is.
 */
public final class QuantizedWeights {
  private static final Logger LOG = LogManager.getLogger(QuantizedWeights.class);
  /** Changes where what is written changes. */
  private static final String FORMAT = "1";
  /** Matrices with a side smaller than this stay as they are: actions and states go through them. */
  private static final int SMALLEST = 64;
  private static final int GREATEST = 127;
  /** Copies of other checkpoints that the cache keeps. */
  private static final int KEPT = 3;
  private static final int SAMPLE = 4096;

  private QuantizedWeights() {}

  /** The name of a matrix's scales. */
  static String scale(String matrix) {
    return matrix + ".scale";
  }

  /**
   * Opens the copy in a cache, and makes it first where it is not there.
   *
   * @param weights of the checkpoint
   * @param cache directory for copies of several checkpoints; the oldest are deleted
   * @throws BadInputException where it cannot be written
   */
  public static SafetensorsFile open(SafetensorsFile weights, Path cache) {
    Path file = cache.resolve("int8-" + key(weights) + ".safetensors");
    try {
      if (Files.isRegularFile(file)) {
        Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis())); // used, so not the oldest
        return SafetensorsFile.open(file);
      }
    } catch (IOException | BadInputException e) {
      LOG.warn("{} is written again: {}", file, e.getMessage());
    }
    LOG.info("writing weights in 8 bits to {} (once)", file);
    try {
      write(weights, file);
      removeOld(cache, file);
    } catch (IOException e) {
      throw new BadInputException(file + ": weights in 8 bits cannot be written: " + e, e);
    }
    return SafetensorsFile.open(file);
  }

  /** Names the weights: their file's size and time, and the beginning of each tensor. */
  private static String key(SafetensorsFile weights) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      Path file = weights.path().toRealPath();
      String known = FORMAT + " " + Files.size(file) + " " + Files.getLastModifiedTime(file).toMillis();
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

  private static void write(SafetensorsFile weights, Path file) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (String name : weights.names()) {
      Entry entry = weights.entry(name);
      if (!isLargeMatrix(entry)) {
        writer.add(name, entry.dtype(), entry.shape(), () -> weights.bytes(name));
        continue;
      }
      int rows = (int) entry.shape()[0];
      int columns = (int) entry.shape()[1];
      // Asked for one after the other: the matrix is read twice, and two are never in memory.
      writer.addFloats(scale(name), new long[] {rows}, () -> scales(weights.floats(name), rows, columns));
      writer.add(name, DType.I8, new long[] {columns, rows}, () -> quantized(weights.floats(name), rows, columns));
    }
    writer.write(file);
  }

  /** Matrices of products; an embedding is looked at row by row and stays. */
  private static boolean isLargeMatrix(Entry entry) {
    return entry.shape().length == 2 && entry.shape()[0] >= SMALLEST && entry.shape()[1] >= SMALLEST && entry.name().endsWith("weight");
  }

  private static float[] scales(float[] matrix, int rows, int columns) {
    float[] scales = new float[rows];
    for (int row = 0; row < rows; row++) {
      float greatest = 0;
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        greatest = Math.max(greatest, Math.abs(matrix[i]));
      }
      scales[row] = greatest == 0 ? 1 : greatest / GREATEST;
    }
    return scales;
  }

  private static ByteBuffer quantized(float[] matrix, int rows, int columns) {
    float[] scales = scales(matrix, rows, columns);
    byte[] bytes = new byte[matrix.length];
    for (int row = 0; row < rows; row++) {
      float inverse = 1 / scales[row];
      for (int column = 0; column < columns; column++) {
        bytes[column * rows + row] = (byte) Math.rint(matrix[row * columns + column] * inverse);
      }
    }
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void removeOld(Path cache, Path newest) throws IOException {
    try (Stream<Path> files = Files.list(cache)) {
      List<Path> copies = files.filter(file -> file.getFileName().toString().matches("int8-.*\\.safetensors") && !file.equals(newest))
          .sorted(Comparator.comparing(QuantizedWeights::lastUsed).reversed()).toList();
      for (Path old : copies.subList(Math.min(KEPT, copies.size()), copies.size())) {
        Files.deleteIfExists(old);
      }
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
