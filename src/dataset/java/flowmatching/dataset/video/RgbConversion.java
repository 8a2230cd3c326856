package flowmatching.dataset.video;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BILINEAR;
import static org.bytedeco.ffmpeg.global.swscale.sws_freeContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_getCachedContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerPointer;

/** Decoded frames to RGB with swscale's bilinear chroma, byte for byte what PyAV's {@code to_ndarray("rgb24")} gives. */
final class RgbConversion implements AutoCloseable {
  /** A frame larger than this in an edge is a damaged header. */
  private static final int MAX_EDGE = 1 << 14;

  private final PointerPointer<BytePointer> planes = new PointerPointer<>(1);
  private final IntPointer strides = new IntPointer(1);
  private SwsContext context;
  private BytePointer rgb;

  RgbImage convert(Path file, AVFrame frame) {
    int width = frame.width();
    int height = frame.height();
    if (width < 1 || height < 1 || width > MAX_EDGE || height > MAX_EDGE) {
      throw new BadInputException(file + ": expected frames of at most " + MAX_EDGE + " pixels an edge, found " + width + "x" + height);
    }
    context = sws_getCachedContext(context, width, height, frame.format(), width, height, AV_PIX_FMT_RGB24, SWS_BILINEAR, null, null, (DoublePointer) null);
    if (context == null || context.isNull()) {
      throw new BadInputException(file + ": pixel format " + frame.format() + " cannot be converted to RGB");
    }
    int bytes = 3 * width * height;
    if (rgb == null || rgb.capacity() != bytes) {
      free();
      rgb = new BytePointer((long) bytes);
      planes.put(0, rgb);
      strides.put(0, 3 * width);
    }
    sws_scale(context, frame.data(), frame.linesize(), 0, height, planes, strides);
    byte[] pixels = new byte[bytes];
    rgb.get(pixels);
    return new RgbImage(width, height, pixels);
  }

  private void free() {
    if (rgb != null) {
      rgb.close();
      rgb = null;
    }
  }

  @Override
  public void close() {
    free();
    planes.close();
    strides.close();
    if (context != null) {
      sws_freeContext(context);
      context = null;
    }
  }
}
