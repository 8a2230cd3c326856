package flowmatching.dataset.video;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BILINEAR;
import static org.bytedeco.ffmpeg.global.swscale.sws_alloc_context;
import static org.bytedeco.ffmpeg.global.swscale.sws_freeContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale_frame;

import flowmatching.image.RgbImage;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;

/**
 * Decoded frames to RGB with swscale's bilinear chroma, byte for byte what PyAV's {@code to_ndarray("rgb24")} gives. Colour space
 * and range are those that the frame names; where it names none, BT.601 and limited range.
 */
final class RgbConversion implements AutoCloseable {
  private final SwsContext context = sws_alloc_context();
  private final AVFrame rgb = av_frame_alloc();

  RgbConversion() {
    context.flags(SWS_BILINEAR);
    context.threads(1);
  }

  RgbImage convert(Path file, AVFrame frame) {
    int width = frame.width();
    int height = frame.height();
    if (rgb.width() != width || rgb.height() != height) {
      av_frame_unref(rgb);
      rgb.width(width);
      rgb.height(height);
      rgb.format(AV_PIX_FMT_RGB24);
      // Rows without padding, so that the pixels are copied at once.
      VideoError.check(file, "converted to RGB", av_frame_get_buffer(rgb, 1));
    }
    VideoError.check(file, "converted to RGB", sws_scale_frame(context, rgb, frame));
    byte[] pixels = new byte[3 * width * height];
    int stride = rgb.linesize(0);
    BytePointer data = rgb.data(0);
    if (stride == 3 * width) {
      data.get(pixels);
    } else {
      for (int y = 0; y < height; y++) {
        data.getPointer((long) y * stride).get(pixels, 3 * width * y, 3 * width);
      }
    }
    return new RgbImage(width, height, pixels);
  }

  @Override
  public void close() {
    av_frame_free(rgb);
    sws_freeContext(context);
  }
}
