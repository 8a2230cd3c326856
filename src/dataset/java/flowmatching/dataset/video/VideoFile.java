package flowmatching.dataset.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_AV1;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_flush_buffers;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avformat.AVSEEK_FLAG_BACKWARD;
import static org.bytedeco.ffmpeg.global.avformat.av_index_search_timestamp;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_seek_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_index_get_entry;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EAGAIN;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVIndexEntry;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * One video with its decoder at the place read last. The next frame costs one decode; a jump goes to the nearest key frame before
 * it, unless the decoder is between the two already.
 */
final class VideoFile implements AutoCloseable {
  static {
    QuietFfmpeg.load();
  }

  /** More packets than any codec holds back; past it the file is broken. */
  private static final int MAX_DECODES = 100_000;

  /** A frame larger than this is a damaged header. */
  private static final int MAX_PIXELS = 1 << 26;

  private final Path file;
  private final VideoInput input;
  private final AVPacket packet = av_packet_alloc();
  private final AVFrame frame = av_frame_alloc();
  private final RgbConversion conversion = new RgbConversion();
  private final double timeBase;
  private AVCodecContext codec;
  private long position = AV_NOPTS_VALUE;
  private boolean draining;

  private VideoFile(Path file, VideoInput input) {
    this.file = file;
    this.input = input;
    this.timeBase = input.timeBase();
  }

  /** @throws BadInputException where the file is missing or no decoder understands it */
  static VideoFile open(Path file) {
    VideoFile video = new VideoFile(file, new VideoInput(file));
    try {
      video.openDecoder();
      return video;
    } catch (RuntimeException e) {
      video.close();
      throw e;
    }
  }

  private void openDecoder() {
    AVCodec decoder = decoder(input.stream().codecpar().codec_id());
    codec = avcodec_alloc_context3(decoder);
    check("decoded", avcodec_parameters_to_context(codec, input.stream().codecpar()));
    // Frame threads would decode ahead of what is asked for and take the control loop's cores.
    codec.thread_count(1);
    codec.max_pixels(MAX_PIXELS);
    check("decoded", avcodec_open2(codec, decoder, (AVDictionary) null));
  }

  private AVCodec decoder(int id) {
    // FFmpeg's own AV1 decoder needs a GPU; dav1d is the software one.
    AVCodec decoder = id == AV_CODEC_ID_AV1 ? avcodec_find_decoder_by_name("libdav1d") : null;
    decoder = decoder == null || decoder.isNull() ? avcodec_find_decoder(id) : decoder;
    if (decoder == null || decoder.isNull()) {
      throw new BadInputException(file + ": cannot be decoded: no decoder for codec " + id);
    }
    return decoder;
  }

  /**
   * The frame at a time.
   *
   * @param tolerance how far it may lie from {@code seconds}; below half a frame's time
   * @throws BadInputException where there is none, naming the nearest
   */
  RgbImage frame(double seconds, double tolerance) {
    if (isAt(seconds, tolerance)) {
      return conversion.convert(file, frame);
    }
    long wanted = Math.round(seconds / timeBase);
    if (mustSeek(wanted)) {
      seek(wanted);
    }
    double nearest = Double.NaN;
    while (position != AV_NOPTS_VALUE) {
      if (isAt(seconds, tolerance)) {
        return conversion.convert(file, frame);
      }
      double found = position * timeBase;
      nearest = Math.abs(found - seconds) > Math.abs(nearest - seconds) ? nearest : found;
      if (found > seconds) {
        break;
      }
      next();
    }
    throw new BadInputException(
        file + ": expected a frame at " + seconds + " s (tolerance " + tolerance + " s), found "
            + (Double.isNaN(nearest) ? "none" : "the nearest at " + nearest + " s"));
  }

  private boolean isAt(double seconds, double tolerance) {
    return position != AV_NOPTS_VALUE && Math.abs(position * timeBase - seconds) <= tolerance;
  }

  /** Whether the wanted frame lies before this one, or a key frame lies between the two. */
  private boolean mustSeek(long wanted) {
    if (position == AV_NOPTS_VALUE || position > wanted) {
      return true;
    }
    double frames = input.stream().avg_frame_rate().num() / (double) input.stream().avg_frame_rate().den();
    return keyBefore(wanted) > position + 1.5 / (timeBase * frames);
  }

  /** Decodes the last key frame that is shown at {@code wanted} or before. */
  private void seek(long wanted) {
    long from = wanted;
    long key;
    do {
      key = keyBefore(from);
      check("searched", av_seek_frame(input.format(), input.streamIndex(), from, AVSEEK_FLAG_BACKWARD));
      avcodec_flush_buffers(codec);
      draining = false;
      // The index is in decoding order: with B frames, a key frame may be decoded before the wanted time and shown after it.
      from = key - 1;
    } while (next() && position > wanted && key != AV_NOPTS_VALUE);
  }

  /** Decoding time of the last key frame at {@code time} or before, the least long where there is none. */
  private long keyBefore(long time) {
    int entry = av_index_search_timestamp(input.stream(), time, AVSEEK_FLAG_BACKWARD);
    AVIndexEntry key = entry < 0 ? null : avformat_index_get_entry(input.stream(), entry);
    return key == null || key.isNull() ? AV_NOPTS_VALUE : key.timestamp();
  }

  /** Decodes the next frame; false at the end of the file. */
  private boolean next() {
    position = AV_NOPTS_VALUE;
    for (int i = 0; i < MAX_DECODES; i++) {
      int received = avcodec_receive_frame(codec, frame);
      if (received == 0) {
        position = frame.best_effort_timestamp();
        return true;
      }
      if (received == AVERROR_EOF || draining && received == AVERROR_EAGAIN()) {
        return false;
      }
      if (received != AVERROR_EAGAIN()) {
        check("decoded", received);
      }
      feed();
    }
    throw new BadInputException(file + ": cannot be decoded: " + MAX_DECODES + " packets gave no frame");
  }

  private void feed() {
    int read;
    while ((read = av_read_frame(input.format(), packet)) >= 0 && packet.stream_index() != input.streamIndex()) {
      av_packet_unref(packet);
    }
    if (read >= 0) {
      int sent = avcodec_send_packet(codec, packet);
      av_packet_unref(packet);
      check("decoded", sent);
    } else if (read == AVERROR_EOF) {
      draining = true;
      avcodec_send_packet(codec, (AVPacket) null);
    } else {
      check("read", read);
    }
  }

  private void check(String what, int result) {
    VideoError.check(file, what, result);
  }

  @Override
  public void close() {
    if (codec != null) {
      avcodec_free_context(codec);
    }
    input.close();
    conversion.close();
    av_frame_free(frame);
    av_packet_free(packet);
  }
}
