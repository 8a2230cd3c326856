package flowmatching.dataset.video;

import static org.bytedeco.ffmpeg.global.avutil.av_strerror;

import flowmatching.BadInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** FFmpeg's error codes as exceptions: it prints nothing itself. */
final class VideoError {
  private VideoError() {}

  /**
   * @param what the file could not be, for example "opened"
   * @param result what FFmpeg returned
   * @throws BadInputException where that is negative
   */
  static void check(Path file, String what, int result) {
    if (result < 0) {
      byte[] text = new byte[256];
      av_strerror(result, text, text.length);
      String reason = new String(text, StandardCharsets.UTF_8).replace("\0", "").trim();
      throw new BadInputException(file + ": cannot be " + what + ": " + reason);
    }
  }
}
