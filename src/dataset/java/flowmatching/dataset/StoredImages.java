package flowmatching.dataset;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** Pictures stored as PNG or JPEG files in a table. They are read some rows at a time; those read last are kept, up to a bound. */
final class StoredImages {
  private static final long MAX_BYTES = 128L << 20;
  private static final int ROWS = 32;

  private final ParquetFiles parquet;
  private final Map<Block, byte[][]> blocks = new LinkedHashMap<>(16, 0.75f, true);
  private long held;

  /** Some consecutive rows of a table's column, the first of them {@code number * ROWS}. */
  private record Block(Path table, String key, int number) {}

  StoredImages(ParquetFiles parquet) {
    this.parquet = parquet;
  }

  /** @throws BadInputException naming table and row where there is no picture of that size */
  RgbImage read(Path table, int row, String key, int width, int height) {
    Block block = new Block(table, key, row / ROWS);
    byte[][] files = blocks.get(block);
    if (files == null) {
      files = load(block);
      blocks.put(block, files);
      held += bytes(files);
      evict();
    }
    String where = table + ": row " + row + ": '" + key + "': ";
    byte[] file = files[row % ROWS];
    if (file == null) {
      throw new BadInputException(where + "expected a PNG or JPEG file, found nothing");
    }
    return PictureFile.decode(where, file, width, height);
  }

  private byte[][] load(Block block) {
    byte[][] files = new byte[ROWS][];
    int first = block.number * ROWS;
    String sql = "SELECT file_row_number, " + ParquetFiles.quoted(block.key) + ".bytes FROM %s WHERE file_row_number BETWEEN " + first
        + " AND " + (first + ROWS - 1);
    parquet.query(block.table, sql, rows -> {
      while (rows.next()) {
        files[ParquetFiles.integer(rows, 1) - first] = rows.getBytes(2);
      }
    });
    return files;
  }

  private void evict() {
    Iterator<byte[][]> oldest = blocks.values().iterator();
    while (held > MAX_BYTES && blocks.size() > 1) {
      held -= bytes(oldest.next());
      oldest.remove();
    }
  }

  private static long bytes(byte[][] files) {
    long bytes = 0;
    for (byte[] file : files) {
      bytes += file == null ? 0 : file.length;
    }
    return bytes;
  }
}
