package flowmatching.dataset.video;

import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_closep;
import static org.bytedeco.ffmpeg.global.avformat.avio_open;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;

import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;

/** An MP4 file of one video stream that is being written; its index stands at the beginning, as LeRobot's. */
final class Mp4Output implements AutoCloseable {
  private final Path file;
  private final AVFormatContext format = new AVFormatContext(null);
  private final AVIOContext output = new AVIOContext(null);
  private final AVStream stream;

  Mp4Output(Path file) {
    this.file = file;
    check(avformat_alloc_output_context2(format, null, "mp4", "file:" + file));
    stream = avformat_new_stream(format, null);
  }

  /** The stream, to be described before {@link #start}. */
  AVStream stream() {
    return stream;
  }

  /** Opens the file and writes its head. */
  void start() {
    check(avio_open(output, "file:" + file, AVIO_FLAG_WRITE));
    format.pb(output);
    AVDictionary options = new AVDictionary(null);
    av_dict_set(options, "movflags", "faststart", 0);
    int written = avformat_write_header(format, options);
    av_dict_free(options);
    check(written);
  }

  /** Writes a packet whose times are in the stream's units, and empties it. */
  void write(AVPacket packet) {
    packet.stream_index(0);
    packet.pos(-1);
    check(av_interleaved_write_frame(format, packet));
  }

  /** Completes the file. */
  void finish() {
    check(av_write_trailer(format));
  }

  private void check(int result) {
    VideoError.check(file, "written", result);
  }

  @Override
  public void close() {
    if (!output.isNull()) {
      avio_closep(output);
    }
    avformat_free_context(format);
  }
}
