package flowmatching.dataset.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EAGAIN;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_make_q;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/** Encodes a video as LeRobot 0.6.1 does by default: AV1 by SVT-AV1, yuv420p, a key frame every second frame, crf 30, preset 12. */
public final class VideoWriter implements AutoCloseable {
  static {
    QuietFfmpeg.load();
  }

  public static final String CODEC = "av1";
  public static final String PIXEL_FORMAT = "yuv420p";
  public static final int KEY_FRAME_EVERY = 2;
  public static final int CRF = 30;
  public static final int PRESET = 12;

  private static final String ENCODER = "libsvtav1";

  private final Path file;
  private final int width;
  private final int height;
  private final Mp4Output output;
  private final AVCodecContext codec;
  private final YuvConversion conversion;
  private final AVPacket packet = av_packet_alloc();
  private long frames;
  private boolean finished;
  private boolean closed;

  /**
   * Begins a file; one that stands there is overwritten.
   *
   * @param width in pixels, even
   * @param height in pixels, even
   * @param fps frames a second, at least 1
   * @throws BadInputException where the encoder is not there or takes no such pictures, or the file cannot be written
   */
  public VideoWriter(Path file, int width, int height, int fps) {
    this.file = file;
    this.width = width;
    this.height = height;
    if (width % 2 != 0 || height % 2 != 0) {
      throw new BadInputException(file + ": a video needs an even width and height, found " + width + "x" + height);
    }
    AVCodec encoder = avcodec_find_encoder_by_name(ENCODER);
    if (encoder == null || encoder.isNull()) {
      throw new BadInputException(file + ": cannot be encoded: this FFmpeg has no " + ENCODER);
    }
    output = new Mp4Output(file);
    codec = avcodec_alloc_context3(encoder);
    conversion = new YuvConversion(file, width, height);
    try {
      start(encoder, fps);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void start(AVCodec encoder, int fps) {
    codec.width(width).height(height).pix_fmt(AV_PIX_FMT_YUV420P).gop_size(KEY_FRAME_EVERY);
    codec.time_base(av_make_q(1, fps)).framerate(av_make_q(fps, 1));
    codec.flags(codec.flags() | AV_CODEC_FLAG_GLOBAL_HEADER);
    AVDictionary options = new AVDictionary(null);
    av_dict_set(options, "crf", Integer.toString(CRF), 0);
    av_dict_set(options, "preset", Integer.toString(PRESET), 0);
    av_dict_set(options, "svtav1-params", "fast-decode=0", 0);
    int opened = avcodec_open2(codec, encoder, options);
    av_dict_free(options);
    check(opened);
    output.stream().time_base(codec.time_base());
    output.stream().avg_frame_rate(codec.framerate());
    check(avcodec_parameters_from_context(output.stream().codecpar(), codec));
    output.start();
  }

  /** Adds the next frame. @throws BadInputException where it is of another size */
  public void add(RgbImage image) {
    requireOpen();
    if (image.width() != width || image.height() != height) {
      throw new BadInputException(
          file + ": frame " + frames + ": expected " + width + "x" + height + " pixels, found " + image.width() + "x" + image.height());
    }
    AVFrame frame = conversion.convert(image);
    frame.pts(frames++);
    check(avcodec_send_frame(codec, frame));
    drain();
  }

  /** Completes the file. */
  public void finish() {
    requireOpen();
    check(avcodec_send_frame(codec, null));
    finished = true;
    drain();
    output.finish();
  }

  private void drain() {
    int received;
    while ((received = avcodec_receive_packet(codec, packet)) == 0) {
      // Without it the last frame lasts no time and readers leave it out.
      packet.duration(1);
      av_packet_rescale_ts(packet, codec.time_base(), output.stream().time_base());
      output.write(packet);
    }
    if (received != AVERROR_EAGAIN() && received != AVERROR_EOF) {
      check(received);
    }
  }

  private void check(int result) {
    VideoError.check(file, "encoded", result);
  }

  private void requireOpen() {
    if (closed || finished) {
      throw new IllegalStateException(file + ": the video is " + (closed ? "closed" : "finished"));
    }
  }

  /** Frees the encoder. A file that was not finished is not usable. Closing twice does nothing. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (frames > 0 && !finished) {
      // SVT-AV1 wants to be told.
      avcodec_send_frame(codec, null);
    }
    conversion.close();
    av_packet_free(packet);
    avcodec_free_context(codec);
    output.close();
  }
}
