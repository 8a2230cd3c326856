package flowmatching.dataset.video;

import static org.bytedeco.ffmpeg.global.avutil.AV_LOG_QUIET;
import static org.bytedeco.ffmpeg.global.avutil.av_log_set_level;

import flowmatching.dataset.NativeLibraries;

/** FFmpeg, which says nothing on standard error: what fails is thrown. */
final class QuietFfmpeg {
  private QuietFfmpeg() {}

  /** Loads it; to be called before anything else of it. */
  static void load() {
    NativeLibraries.unpack("ffmpeg");
    av_log_set_level(AV_LOG_QUIET);
  }
}
