package flowmatching.dataset.video;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BILINEAR;
import static org.bytedeco.ffmpeg.global.swscale.sws_alloc_context;
import static org.bytedeco.ffmpeg.global.swscale.sws_freeContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale_frame;

import flowmatching.image.RgbImage;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;

/** RGB pictures of one size to frames for an encoder, BT.601 and limited range: what readers take where a file names nothing. */
final class YuvConversion implements AutoCloseable {
  private final Path file;
  private final SwsContext context = sws_alloc_context();
  private final AVFrame rgb;
  private final AVFrame yuv;

  YuvConversion(Path file, int width, int height) {
    this.file = file;
    context.flags(SWS_BILINEAR);
    context.threads(1);
    rgb = frame(width, height, AV_PIX_FMT_RGB24);
    yuv = frame(width, height, AV_PIX_FMT_YUV420P);
  }

  private AVFrame frame(int width, int height, int format) {
    AVFrame frame = av_frame_alloc();
    frame.width(width).height(height).format(format);
    check(av_frame_get_buffer(frame, 0));
    return frame;
  }

  /** The picture as a frame that the next call overwrites. */
  AVFrame convert(RgbImage image) {
    check(av_frame_make_writable(rgb));
    int row = 3 * image.width();
    BytePointer data = rgb.data(0);
    for (int y = 0; y < image.height(); y++) {
      data.getPointer((long) y * rgb.linesize(0)).put(image.pixels(), y * row, row);
    }
    // The encoder may still hold the last one.
    check(av_frame_make_writable(yuv));
    check(sws_scale_frame(context, yuv, rgb));
    return yuv;
  }

  private void check(int result) {
    VideoError.check(file, "encoded", result);
  }

  @Override
  public void close() {
    av_frame_free(rgb);
    av_frame_free(yuv);
    sws_freeContext(context);
  }
}
