package flowmatching.dataset;

import flowmatching.BadInputException;
import flowmatching.dataset.Episode.VideoStart;
import flowmatching.dataset.video.VideoFiles;
import flowmatching.image.RgbImage;

/** A set's pictures, out of its videos or its tables. */
final class Pictures implements AutoCloseable {
  private final VideoFiles videos = new VideoFiles();
  private final StoredImages storedImages;
  private final double tolerance;

  /** @param tolerance seconds between a timestamp and the frame of a video */
  Pictures(ParquetFiles parquet, double tolerance) {
    this.storedImages = new StoredImages(parquet);
    this.tolerance = tolerance;
  }

  /** @throws BadInputException where the file is missing or broken, has no such frame, or a picture is not of the feature's size */
  RgbImage read(FrameTable table, Episode episode, int frame, DatasetFeature feature) {
    int height = feature.shape().get(0);
    int width = feature.shape().get(1);
    if (!feature.isVideo()) {
      return storedImages.read(episode.data(), episode.row() + frame, feature.key(), width, height);
    }
    VideoStart start = episode.videos().get(feature.key());
    RgbImage image = videos.frame(start.file(), start.seconds() + table.timestamp(episode.row() + frame), tolerance);
    if (image.height() != height || image.width() != width) {
      throw new BadInputException(
          start.file() + ": '" + feature.key() + "': expected " + width + "x" + height + " pixels, found " + image.width() + "x" + image.height());
    }
    return image;
  }

  @Override
  public void close() {
    videos.close();
  }
}
