package flowmatching.dataset.check;

import flowmatching.BadInputException;
import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.DatasetInfo;
import flowmatching.dataset.Episode;
import flowmatching.dataset.Episode.VideoStart;
import flowmatching.dataset.ParquetFiles;
import flowmatching.dataset.PictureFile;
import flowmatching.dataset.video.VideoFiles;
import flowmatching.dataset.video.VideoJoin;
import flowmatching.image.RgbImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The pictures of one camera: every frame can be decoded, has the size that it should, and is where it should be. */
final class PictureCheck {
  private final DatasetInfo info;
  private final DatasetFeature camera;
  private final Findings findings;
  private final Runnable progress;
  private final double[] sums = new double[3];
  private long pixels;

  /** @param progress is told of each frame */
  PictureCheck(DatasetInfo info, DatasetFeature camera, Findings findings, Runnable progress) {
    this.info = info;
    this.camera = camera;
    this.findings = findings;
    this.progress = progress;
  }

  /**
   * Decodes a video.
   *
   * @param episodes those that it should hold, in order
   * @param tolerance of times, in seconds
   */
  void checkVideo(Path file, List<Episode> episodes, double tolerance) {
    double[] end = new double[1];
    if (!findings.attempt(() -> end[0] = checkPlaces(file, episodes))) {
      return;
    }
    Findings.Repeated defects = findings.new Repeated();
    try (VideoFiles videos = new VideoFiles()) {
      for (Episode episode : episodes) {
        double start = episode.videos().get(camera.key()).seconds();
        for (int frame = 0; frame < episode.length(); frame++) {
          double seconds = start + frame / info.fps();
          try {
            look(file + ": ", videos.frame(file, seconds, tolerance));
          } catch (BadInputException e) {
            int alike = seconds < end[0] ? 1 : episode.length() - frame; // behind the end there is none, however long the episode is said to be
            defects.add("frame", e.getMessage() + " ('" + camera.key() + "', episode " + episode.index() + ", frame " + frame + ")", alike);
            frame += alike - 1;
          }
          progress.run();
        }
      }
    }
    defects.finish("frames");
  }

  /** Episodes follow each other, and the file ends with the last. @return where it does, in seconds */
  private double checkPlaces(Path file, List<Episode> episodes) {
    double half = 0.5 / info.fps();
    double expected = 0;
    for (Episode episode : episodes) {
      VideoStart start = episode.videos().get(camera.key());
      if (Math.abs(start.seconds() - expected) > half) {
        findings.defect(file + ": '" + camera.key() + "': expected episode " + episode.index() + " from " + text(expected) + ", found from "
            + text(start.seconds()));
      }
      expected = start.seconds() + episode.length() / info.fps();
    }
    double seconds = VideoJoin.describe(file).seconds();
    String found = file + ": '" + camera.key() + "': expected " + text(expected) + " of video for episodes " + episodes.get(0).index() + " to "
        + episodes.get(episodes.size() - 1).index() + ", found " + text(seconds);
    if (seconds > expected + half) {
      findings.leftover(found);
    } else if (seconds < expected - half) {
      findings.defect(found);
    }
    return seconds;
  }

  private static String text(double seconds) {
    return String.format(Locale.ROOT, "%.3f s", seconds);
  }

  /** Decodes the pictures that a table holds. */
  void checkStored(Path table, ParquetFiles parquet) {
    Findings.Repeated defects = findings.new Repeated();
    String sql = "SELECT file_row_number, " + ParquetFiles.quoted(camera.key()) + ".bytes FROM %s WHERE episode_index < " + info.totalEpisodes()
        + " ORDER BY file_row_number";
    findings.attempt(() -> parquet.query(table, sql, rows -> {
      while (rows.next()) {
        String where = table + ": row " + rows.getLong(1) + ": '" + camera.key() + "': ";
        byte[] file = rows.getBytes(2);
        try {
          if (file == null) {
            throw new BadInputException(where + "expected a PNG or JPEG file, found nothing");
          }
          look(where, PictureFile.decode(where, file, camera.shape().get(1), camera.shape().get(0)));
        } catch (BadInputException e) {
          defects.add("picture", e.getMessage());
        }
        progress.run();
      }
    }));
    defects.finish("pictures");
  }

  private void look(String where, RgbImage image) {
    int height = camera.shape().get(0);
    int width = camera.shape().get(1);
    if (image.width() != width || image.height() != height) {
      throw new BadInputException(where + "expected " + width + "x" + height + " pixels, found " + image.width() + "x" + image.height());
    }
    byte[] values = image.pixels();
    for (int i = 0; i < values.length; i++) {
      sums[i % 3] += values[i] & 0xff;
    }
    pixels += (long) width * height;
  }

  /** The mean of each channel of all pictures that could be decoded, 0 to 1; null where none could, or they are not in colour. */
  double[] mean() {
    return pixels == 0 || camera.shape().get(2) != 3 ? null : new double[] {sums[0] / pixels / 255, sums[1] / pixels / 255, sums[2] / pixels / 255};
  }
}
