package flowmatching.hub;

import flowmatching.BadInputException;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Bytes that can be read again, so that a request can be sent again. */
interface Content {
  long length();

  /** A part of it, from {@code offset} on. */
  InputStream open(long offset) throws IOException;

  static Content of(byte[] bytes) {
    return new Content() {
      @Override
      public long length() {
        return bytes.length;
      }

      @Override
      public InputStream open(long offset) {
        return new ByteArrayInputStream(bytes, (int) offset, (int) (bytes.length - offset));
      }
    };
  }

  /** @throws BadInputException where there is no such file */
  static Content of(Path file) {
    long length;
    try {
      length = Files.size(file);
    } catch (IOException e) {
      throw new BadInputException(file + ": cannot be read: " + e.getMessage(), e);
    }
    return new Content() {
      @Override
      public long length() {
        return length;
      }

      @Override
      public InputStream open(long offset) throws IOException {
        return Channels.newInputStream(FileChannel.open(file).position(offset));
      }
    };
  }

  /** The bytes from {@code from} on, {@code length} of them, told to the listener as they are read. */
  default Content slice(long from, long length, TransferListener listener) {
    Content whole = this;
    return new Content() {
      private long told;

      @Override
      public long length() {
        return length;
      }

      @Override
      public InputStream open(long offset) throws IOException {
        listener.moved(-told); // what was sent before counts for nothing
        told = 0;
        return new FilterInputStream(whole.open(from + offset)) {
          private long left = length - offset;

          @Override
          public int read() {
            throw new UnsupportedOperationException("bodies are read in blocks");
          }

          @Override
          public int read(byte[] buffer, int start, int count) throws IOException {
            int read = left == 0 ? -1 : in.read(buffer, start, (int) Math.min(count, left));
            left -= Math.max(0, read);
            told += Math.max(0, read);
            listener.moved(Math.max(0, read));
            return read;
          }
        };
      }
    };
  }
}
