package flowmatching.dataset.video;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_copy;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;

import flowmatching.BadInputException;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;

/** Joins videos one behind the other without decoding them, as LeRobot does: they must come from one encoder with one setting. */
public final class VideoJoin {
  static {
    QuietFfmpeg.load();
  }

  private VideoJoin() {}

  /**
   * What must be known of a video to join it.
   *
   * @param seconds from its first frame to the end of its last
   * @param encoding codec, size and settings: videos of one encoding can be joined
   */
  public record Video(double seconds, String encoding) {}

  /** @throws BadInputException where the file is missing or cannot be read */
  public static Video describe(Path file) {
    try (VideoInput input = new VideoInput(file)) {
      return new Video(input.seconds(), input.encoding());
    }
  }

  /**
   * Writes the videos one behind the other.
   *
   * @param files at least one, of one encoding
   * @param to the file to write; none of them
   * @throws BadInputException where one cannot be read, or is of another encoding than the first
   */
  public static void join(List<Path> files, Path to) {
    write(files, Double.POSITIVE_INFINITY, to);
  }

  /** Writes the frames of a video that begin before {@code seconds}. @throws BadInputException where it cannot be read */
  public static void cut(Path file, double seconds, Path to) {
    write(List.of(file), seconds, to);
  }

  private static void write(List<Path> files, double seconds, Path to) {
    AVPacket packet = av_packet_alloc();
    try (Mp4Output output = new Mp4Output(to); VideoInput first = new VideoInput(files.get(0))) {
      AVStream stream = first.stream();
      VideoError.check(to, "written", avcodec_parameters_copy(output.stream().codecpar(), stream.codecpar()));
      output.stream().time_base(stream.time_base());
      output.stream().avg_frame_rate(stream.avg_frame_rate());
      output.start();
      long ticks = copy(files.get(0), first, seconds, output, 0, packet);
      for (Path file : files.subList(1, files.size())) {
        try (VideoInput input = new VideoInput(file)) {
          checkSame(first, input, file);
          ticks += copy(file, input, seconds, output, ticks, packet);
        }
      }
      output.finish();
    } finally {
      av_packet_free(packet);
    }
  }

  /** Copies a video to a place in time, in units of the output's stream, and returns how long it is. */
  private static long copy(Path file, VideoInput input, double seconds, Mp4Output output, long from, AVPacket packet) {
    double timeBase = input.timeBase();
    long length = 0;
    int read;
    while ((read = av_read_frame(input.format(), packet)) >= 0) {
      // Half a tick of tolerance: seconds are sums of fractions.
      if (packet.stream_index() == input.streamIndex() && (packet.pts() + 0.5) * timeBase < seconds) {
        av_packet_rescale_ts(packet, input.stream().time_base(), output.stream().time_base());
        length = Math.max(length, packet.pts() + packet.duration());
        packet.pts(packet.pts() + from);
        packet.dts(packet.dts() + from);
        output.write(packet);
      }
      av_packet_unref(packet);
    }
    if (read != AVERROR_EOF) {
      VideoError.check(file, "read", read);
    }
    return length;
  }

  private static void checkSame(VideoInput first, VideoInput other, Path file) {
    if (!first.encoding().equals(other.encoding())) {
      throw new BadInputException(file + ": expected " + first.encoding() + " as in the video before it, found " + other.encoding());
    }
  }
}
