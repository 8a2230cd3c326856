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
  private VideoJoin() {}

  /**
   * A video, or its beginning.
   *
   * @param file where it is
   * @param seconds how much of it is taken; infinite for all
   */
  public record Part(Path file, double seconds) {
    /** All of a file. */
    public static Part all(Path file) {
      return new Part(file, Double.POSITIVE_INFINITY);
    }
  }

  /** How long a video is, in seconds. @throws BadInputException where it is missing or cannot be read */
  public static double seconds(Path file) {
    try (VideoInput input = new VideoInput(file)) {
      return input.seconds();
    }
  }

  /**
   * Writes the parts one behind the other.
   *
   * @param parts at least one, of the same codec and size
   * @param to the file to write; none of the parts
   * @throws BadInputException where a part cannot be read or is of another codec or size than the first
   */
  public static void join(List<Part> parts, Path to) {
    AVPacket packet = av_packet_alloc();
    try (Mp4Output output = new Mp4Output(to); VideoInput first = new VideoInput(parts.get(0).file())) {
      AVStream stream = first.stream();
      VideoError.check(to, "written", avcodec_parameters_copy(output.stream().codecpar(), stream.codecpar()));
      output.stream().time_base(stream.time_base());
      output.stream().avg_frame_rate(stream.avg_frame_rate());
      output.start();
      long ticks = copy(first, parts.get(0), output, 0, packet);
      for (Part part : parts.subList(1, parts.size())) {
        try (VideoInput input = new VideoInput(part.file())) {
          checkSame(first, input, part.file());
          ticks += copy(input, part, output, ticks, packet);
        }
      }
      output.finish();
    } finally {
      av_packet_free(packet);
    }
  }

  /** Copies a part to a place in time, in units of the output's stream, and returns how long it is. */
  private static long copy(VideoInput input, Part part, Mp4Output output, long from, AVPacket packet) {
    double timeBase = input.timeBase();
    long length = 0;
    int read;
    while ((read = av_read_frame(input.format(), packet)) >= 0) {
      // Half a tick of tolerance: seconds are sums of fractions.
      if (packet.stream_index() == input.streamIndex() && (packet.pts() + 0.5) * timeBase < part.seconds()) {
        av_packet_rescale_ts(packet, input.stream().time_base(), output.stream().time_base());
        length = Math.max(length, packet.pts() + packet.duration());
        packet.pts(packet.pts() + from);
        packet.dts(packet.dts() + from);
        output.write(packet);
      }
      av_packet_unref(packet);
    }
    if (read != AVERROR_EOF) {
      VideoError.check(part.file(), "read", read);
    }
    return length;
  }

  private static void checkSame(VideoInput first, VideoInput other, Path file) {
    if (!first.encoding().equals(other.encoding())) {
      throw new BadInputException(file + ": expected " + first.encoding() + " as in the video before it, found " + other.encoding());
    }
  }
}
