package flowmatching.dataset.write;

import flowmatching.BadInputException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;

/**
 * Puts the row groups of parquet files one behind the other, byte for byte: only the footer is new. LeRobot's tables have a row group
 * for each episode, which DuckDB alone cannot write into one file: its smallest is 2048 rows.
 */
final class ParquetJoin {
  private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

  private final FileChannel out;
  private FileMetaData footer;

  private ParquetJoin(FileChannel out) {
    this.out = out;
  }

  /**
   * Writes the rows of all files into one.
   *
   * @param files at least one, all of the same columns
   * @param to the file to write; none of them
   * @throws BadInputException where a file is not parquet, or its columns differ from the first one's
   */
  static void join(List<Path> files, Path to) throws IOException {
    write(files, Long.MAX_VALUE, to);
  }

  /**
   * Writes the first rows of a file.
   *
   * @throws BadInputException where the file is not parquet, or no row group ends after {@code rows}
   */
  static void cut(Path file, long rows, Path to) throws IOException {
    write(List.of(file), rows, to);
  }

  private static void write(List<Path> files, long rows, Path to) throws IOException {
    try (FileChannel out = FileChannel.open(to, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
      ParquetJoin join = new ParquetJoin(out);
      join.write(ByteBuffer.wrap(MAGIC));
      for (Path file : files) {
        join.append(file, rows);
      }
      join.finish();
    }
  }

  private void append(Path file, long rows) throws IOException {
    try (FileChannel in = FileChannel.open(file)) {
      FileMetaData added = footer(file, in);
      keep(file, added, rows);
      for (RowGroup group : added.getRow_groups()) {
        for (ColumnChunk column : group.getColumns()) {
          copy(file, in, column);
        }
        group.unsetFile_offset();
      }
      if (footer == null) {
        footer = added;
      } else if (footer.getSchema().equals(added.getSchema())) {
        footer.getRow_groups().addAll(added.getRow_groups());
        footer.setNum_rows(footer.getNum_rows() + added.getNum_rows());
      } else {
        throw new BadInputException(file + ": expected columns " + footer.getSchema() + ", found " + added.getSchema());
      }
    }
  }

  private static FileMetaData footer(Path file, FileChannel in) throws IOException {
    ByteBuffer tail = read(in, in.size() - 8, 8);
    int length = tail.remaining() == 8 ? tail.getInt() : -1;
    if (length < 0 || length > in.size() - 12 || !tail.equals(ByteBuffer.wrap(MAGIC))) {
      throw new BadInputException(file + ": expected a parquet file, found none");
    }
    return Util.readFileMetaData(new ByteArrayInputStream(read(in, in.size() - 8 - length, length).array()));
  }

  /** Leaves row groups out that lie behind so many rows. */
  private static void keep(Path file, FileMetaData footer, long rows) {
    List<RowGroup> kept = new ArrayList<>();
    long found = 0;
    for (RowGroup group : footer.getRow_groups()) {
      if (found < rows) {
        found += group.getNum_rows();
        kept.add(group);
      }
    }
    if (found > rows) {
      throw new BadInputException(file + ": expected a row group that ends after " + rows + " rows, found one that ends after " + found);
    }
    footer.setRow_groups(kept);
    footer.setNum_rows(found);
  }

  /** Copies a column's pages and says in its description where they are now. */
  private void copy(Path file, FileChannel in, ColumnChunk column) throws IOException {
    ColumnMetaData data = column.getMeta_data();
    long from = data.isSetDictionary_page_offset() ? Math.min(data.getDictionary_page_offset(), data.getData_page_offset()) : data.getData_page_offset();
    long shift = out.position() - from;
    for (long done = 0; done < data.getTotal_compressed_size();) {
      long copied = in.transferTo(from + done, data.getTotal_compressed_size() - done, out);
      if (copied == 0) {
        throw new BadInputException(file + ": expected " + (data.getTotal_compressed_size() - done) + " bytes from " + (from + done) + ", found its end");
      }
      done += copied;
    }
    data.setData_page_offset(data.getData_page_offset() + shift);
    if (data.isSetDictionary_page_offset()) {
      data.setDictionary_page_offset(data.getDictionary_page_offset() + shift);
    }
    // Indices of pages and filters stand elsewhere in the file and only help to skip pages: left out.
    data.unsetIndex_page_offset();
    data.unsetBloom_filter_offset();
    data.unsetBloom_filter_length();
    column.unsetColumn_index_offset();
    column.unsetColumn_index_length();
    column.unsetOffset_index_offset();
    column.unsetOffset_index_length();
    column.setFile_offset(0);
  }

  private void finish() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Util.writeFileMetaData(footer, bytes);
    write(ByteBuffer.wrap(bytes.toByteArray()));
    write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(bytes.size()).put(MAGIC).flip());
  }

  private static ByteBuffer read(FileChannel in, long from, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (from >= 0 && buffer.hasRemaining() && in.read(buffer, from + buffer.position()) >= 0) {
      // Until all of it is there.
    }
    return buffer.flip();
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
