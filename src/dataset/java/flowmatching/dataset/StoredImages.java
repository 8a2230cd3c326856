package flowmatching.dataset;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.imageio.ImageIO;

/** Pictures stored as PNG or JPEG files in a table. The files of the episodes read last are kept, up to a bound. */
final class StoredImages {
  private static final long MAX_BYTES = 256L << 20;

  private final ParquetFiles parquet;
  private final Map<String, byte[][]> episodes = new LinkedHashMap<>(16, 0.75f, true);
  private long held;

  StoredImages(ParquetFiles parquet) {
    this.parquet = parquet;
  }

  RgbImage read(Episode episode, String key, int frame) {
    String place = episode.data() + "#" + episode.index() + "#" + key;
    byte[][] files = episodes.get(place);
    if (files == null) {
      files = load(episode, key);
      episodes.put(place, files);
      held += bytes(files);
      evict(place);
    }
    return decode(episode, key, frame, files[frame]);
  }

  private byte[][] load(Episode episode, String key) {
    byte[][] files = new byte[episode.length()][];
    String sql = "SELECT " + ParquetFiles.quoted(key) + ".bytes FROM %s WHERE file_row_number BETWEEN " + episode.row() + " AND "
        + (episode.row() + episode.length() - 1) + " ORDER BY file_row_number";
    parquet.query(episode.data(), sql, rows -> {
      for (int i = 0; i < files.length && rows.next(); i++) {
        files[i] = rows.getBytes(1);
      }
    });
    return files;
  }

  private void evict(String keep) {
    var oldest = episodes.entrySet().iterator();
    while (held > MAX_BYTES && oldest.hasNext()) {
      var entry = oldest.next();
      if (!entry.getKey().equals(keep)) {
        held -= bytes(entry.getValue());
        oldest.remove();
      }
    }
  }

  private static long bytes(byte[][] files) {
    long bytes = 0;
    for (byte[] file : files) {
      bytes += file == null ? 0 : file.length;
    }
    return bytes;
  }

  private static RgbImage decode(Episode episode, String key, int frame, byte[] file) {
    String where = episode.data() + ": row " + (episode.row() + frame) + ": '" + key + "': ";
    if (file == null) {
      throw new BadInputException(where + "expected a PNG or JPEG file, found nothing");
    }
    try {
      BufferedImage image = ImageIO.read(new ByteArrayInputStream(file));
      if (image == null) {
        throw new BadInputException(where + "expected a PNG or JPEG file, found " + file.length + " bytes of something else");
      }
      return rgb(image);
    } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new BadInputException(where + "cannot be decoded: " + e.getMessage(), e);
    }
  }

  private static RgbImage rgb(BufferedImage image) {
    int width = image.getWidth();
    int[] row = new int[width];
    byte[] pixels = new byte[3 * width * image.getHeight()];
    int at = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      image.getRGB(0, y, width, 1, row, 0, width);
      for (int value : row) {
        pixels[at++] = (byte) (value >> 16);
        pixels[at++] = (byte) (value >> 8);
        pixels[at++] = (byte) value;
      }
    }
    return new RgbImage(width, image.getHeight(), pixels);
  }
}
