package flowmatching.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Writes a safetensors file. The file appears under its name only when it is whole: it is written beside and renamed.
 *
 * <p>Values are asked for one tensor at a time, so a model larger than the heap can be written.
 */
public final class SafetensorsWriter {
  private static final int ALIGNMENT = 8;

  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  private record Tensor(DType dtype, long[] shape, long bytes, Supplier<ByteBuffer> values) {}

  /** Adds to {@code __metadata__}; PyTorch's loader expects {@code format: pt}. */
  public SafetensorsWriter metadata(String key, String value) {
    metadata.put(key, value);
    return this;
  }

  /** Adds a float32 tensor; {@code values} is called once, while writing, and must give as many values as the shape has. */
  public SafetensorsWriter addFloats(String name, long[] shape, Supplier<float[]> values) {
    return add(name, DType.F32, shape, () -> {
      float[] floats = values.get();
      ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(4, floats.length)).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(floats);
      return bytes;
    });
  }

  /** Adds a tensor of any type; {@code values} gives its little-endian bytes. */
  public SafetensorsWriter add(String name, DType dtype, long[] shape, Supplier<ByteBuffer> values) {
    long bytes = dtype.bytes();
    for (long size : shape) {
      bytes = Math.multiplyExact(bytes, size);
    }
    if (tensors.putIfAbsent(name, new Tensor(dtype, shape.clone(), bytes, values)) != null) {
      throw new IllegalArgumentException("tensor '" + name + "' is there already");
    }
    return this;
  }

  /** @throws IOException where the file cannot be written; an older file of that name is then still there */
  public void write(Path path) throws IOException {
    NewFile.write(path, part -> {
      try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
        writeFully(channel, header());
        for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
          ByteBuffer values = tensor.getValue().values.get();
          if (values.remaining() != tensor.getValue().bytes) {
            throw new IllegalStateException(
                "tensor '" + tensor.getKey() + "' needs " + tensor.getValue().bytes + " bytes, was given " + values.remaining());
          }
          writeFully(channel, values);
        }
        channel.force(true);
      }
    });
  }

  private ByteBuffer header() {
    ObjectNode json = new ObjectMapper().createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode node = json.putObject("__metadata__");
      metadata.forEach(node::put);
    }
    long offset = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      Tensor tensor = entry.getValue();
      ObjectNode node = json.putObject(entry.getKey());
      node.put("dtype", tensor.dtype.name());
      var shape = node.putArray("shape");
      for (long size : tensor.shape) {
        shape.add(size);
      }
      node.putArray("data_offsets").add(offset).add(offset + tensor.bytes);
      offset += tensor.bytes;
    }
    byte[] text = json.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (text.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    ByteBuffer header = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN).putLong(padded).put(text);
    while (header.hasRemaining()) {
      header.put((byte) ' ');
    }
    return header.flip();
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
