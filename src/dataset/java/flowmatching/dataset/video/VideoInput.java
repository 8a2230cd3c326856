package flowmatching.dataset.video;

import static org.bytedeco.ffmpeg.global.avcodec.avcodec_get_name;
import static org.bytedeco.ffmpeg.global.avformat.av_find_best_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;

import flowmatching.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.javacpp.PointerPointer;

/** A video file that is open for its packets. */
final class VideoInput implements AutoCloseable {
  private final AVFormatContext format = new AVFormatContext(null);
  private final AVStream stream;
  private final int streamIndex;

  /** @throws BadInputException where the file is missing or holds no video */
  VideoInput(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new BadInputException(file + ": no such file");
    }
    // A playlist in disguise would be followed: to the network, to a pipe that never ends, or to itself until the stack is full.
    AVDictionary options = new AVDictionary(null);
    av_dict_set(options, "format_whitelist", "mp4,matroska", 0);
    av_dict_set(options, "protocol_whitelist", "file", 0);
    int opened = avformat_open_input(format, "file:" + file, null, options);
    av_dict_free(options);
    VideoError.check(file, "opened as MP4 or Matroska", opened);
    try {
      VideoError.check(file, "read", avformat_find_stream_info(format, (PointerPointer<?>) null));
      streamIndex = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, (AVCodec) null, 0);
      VideoError.check(file, "read: it has no video stream", streamIndex);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    stream = format.streams(streamIndex);
  }

  AVFormatContext format() {
    return format;
  }

  AVStream stream() {
    return stream;
  }

  int streamIndex() {
    return streamIndex;
  }

  /** Seconds a tick of the stream's times. */
  double timeBase() {
    return (double) stream.time_base().num() / stream.time_base().den();
  }

  /** Seconds from the first frame to the end of the last; 0 where the file does not say. */
  double seconds() {
    return stream.duration() == AV_NOPTS_VALUE ? 0 : stream.duration() * timeBase();
  }

  /** Codec, size and settings in words: an MP4 file holds the settings once for all of its frames. */
  String encoding() {
    AVCodecParameters parameters = stream.codecpar();
    byte[] settings = new byte[parameters.extradata_size()];
    if (settings.length > 0) {
      parameters.extradata().get(settings);
    }
    return String.format(
        Locale.ROOT, "%s %dx%d (%08x)", avcodec_get_name(parameters.codec_id()).getString(), parameters.width(), parameters.height(), Arrays.hashCode(settings));
  }

  @Override
  public void close() {
    avformat_close_input(format);
  }
}
