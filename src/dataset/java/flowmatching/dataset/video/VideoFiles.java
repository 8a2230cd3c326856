package flowmatching.dataset.video;

import flowmatching.image.RgbImage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The video files in use: a decoder each, kept open for the next frame, a bounded number of them. */
public final class VideoFiles implements AutoCloseable {
  private static final int MAX_OPEN = 16;

  private final Map<Path, VideoFile> open = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * One frame.
   *
   * @param seconds the frame's time in the file
   * @param tolerance how far from it, in seconds, the frame may lie; below half a frame's time
   * @throws flowmatching.BadInputException where the file is missing or cannot be decoded, or has no frame there
   */
  public RgbImage frame(Path file, double seconds, double tolerance) {
    VideoFile video = open.get(file);
    if (video == null) {
      video = VideoFile.open(file);
      open.put(file, video);
      if (open.size() > MAX_OPEN) {
        Path oldest = open.keySet().iterator().next();
        open.remove(oldest).close();
      }
    }
    return video.frame(seconds, tolerance);
  }

  @Override
  public void close() {
    open.values().forEach(VideoFile::close);
    open.clear();
  }
}
