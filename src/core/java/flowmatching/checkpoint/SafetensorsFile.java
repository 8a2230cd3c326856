package flowmatching.checkpoint;

import flowmatching.BadInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

/**
 * A safetensors file, memory mapped: 8 bytes with the header's length N (little endian), N bytes of JSON, then the tensors' bytes.
 *
 * <p>The header is checked whole before any tensor is handed out, see {@link SafetensorsHeader}. A tensor is mapped when it is
 * asked for, so a file may be larger than the 2 GB that one Java mapping can hold. Safe for use by several threads.
 */
public final class SafetensorsFile implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final SafetensorsHeader header;

  private SafetensorsFile(Path path, FileChannel channel, SafetensorsHeader header) {
    this.path = path;
    this.channel = channel;
    this.header = header;
  }

  /**
   * A tensor's place in its file.
   *
   * @param name unique in the file
   * @param dtype element type
   * @param shape sizes by dimension, empty for a scalar
   * @param begin first byte, counted from the start of the file
   * @param end byte after the last
   */
  public record Entry(String name, DType dtype, long[] shape, long begin, long end) {
    /** Elements in the tensor: 1 for a scalar. */
    public long count() {
      long count = 1;
      for (long size : shape) {
        count *= size;
      }
      return count;
    }
  }

  /** @throws BadInputException where the file is missing, unreadable, truncated or its header is not valid */
  public static SafetensorsFile open(Path path) {
    FileChannel channel = null;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
      SafetensorsHeader header = SafetensorsHeader.read(path, channel);
      return new SafetensorsFile(path, channel, header);
    } catch (NoSuchFileException e) {
      throw new BadInputException(path + ": no such file");
    } catch (IOException | RuntimeException e) {
      closeQuietly(channel);
      throw e instanceof RuntimeException known ? known : new BadInputException(path + ": cannot be read: " + reason(e), e);
    }
  }

  /** An interrupt closes the file, and its exception has no message. */
  private static String reason(Exception e) {
    return e instanceof ClosedByInterruptException ? "the thread was interrupted" : e.getMessage();
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException ignored) {
      // The first error is the one to report.
    }
  }

  public Path path() {
    return path;
  }

  /** Tensor names in the order of the header. */
  public Set<String> names() {
    return Collections.unmodifiableSet(header.entries().keySet());
  }

  public boolean has(String name) {
    return header.entries().containsKey(name);
  }

  /** The header's {@code __metadata__}, empty where there is none. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /** @throws BadInputException where the file has no tensor of this name */
  public Entry entry(String name) {
    Entry entry = header.entries().get(name);
    if (entry == null) {
      throw new BadInputException(path + ": has no tensor '" + name + "'");
    }
    return entry;
  }

  /** The tensor's bytes, little endian, read only, valid for as long as the buffer is reachable (also after {@link #close}). */
  public ByteBuffer bytes(String name) {
    Entry entry = entry(name);
    long size = entry.end - entry.begin;
    if (size > Integer.MAX_VALUE) {
      throw new BadInputException(path + ": tensor '" + name + "' has " + size + " bytes; one Java mapping ends at 2 GB");
    }
    try {
      if (size == 0) {
        return ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN);
      }
      return channel.map(FileChannel.MapMode.READ_ONLY, entry.begin, size).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new BadInputException(path + ": tensor '" + name + "' cannot be mapped: " + reason(e), e);
    }
  }

  /** Fills the rest of a buffer from a place in the file. */
  void readFully(long position, ByteBuffer buffer) {
    try {
      long at = position;
      while (buffer.hasRemaining()) {
        int count = channel.read(buffer, at);
        if (count < 0) {
          throw new BadInputException(path + ": truncated: the file ends at byte " + at);
        }
        at += count;
      }
    } catch (IOException e) {
      throw new BadInputException(path + ": cannot be read: " + reason(e), e);
    }
  }

  /** The tensor's values as float32; F16, BF16, F64 and the integer types are converted. */
  public float[] floats(String name) {
    return FloatConversion.toFloats(path + ": ", entry(name), bytes(name));
  }

  @Override
  public void close() {
    closeQuietly(channel);
  }
}
