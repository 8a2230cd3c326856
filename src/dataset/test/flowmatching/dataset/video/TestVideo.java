package flowmatching.dataset.video;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_QSCALE;
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
import static org.bytedeco.ffmpeg.global.avformat.AVIO_FLAG_WRITE;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_closep;
import static org.bytedeco.ffmpeg.global.avformat.avio_open;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.FF_QP2LAMBDA;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;
import static org.bytedeco.ffmpeg.global.avutil.av_make_q;

import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.BytePointer;

/** Encodes videos of 64x64 pixels at 10 frames a second, each frame of one colour. */
final class TestVideo {
  static final int EDGE = 64;

  private TestVideo() {}

  /** A set of choices for the encoder. */
  record Encoding(String codec, int keyFrameEvery, int bFrames, int colourSpace) {}

  /** @param colours of the frames, each luma, blue and red difference */
  static void write(Path file, Encoding encoding, int[][] colours) {
    AVFormatContext format = new AVFormatContext(null);
    check(file, avformat_alloc_output_context2(format, null, (String) null, file.toString()));
    AVCodec codec = avcodec_find_encoder_by_name(encoding.codec);
    AVCodecContext context = avcodec_alloc_context3(codec);
    context.width(EDGE).height(EDGE).pix_fmt(AV_PIX_FMT_YUV420P).gop_size(encoding.keyFrameEvery).max_b_frames(encoding.bFrames);
    context.time_base(av_make_q(1, 10)).framerate(av_make_q(10, 1)).colorspace(encoding.colourSpace);
    context.flags(context.flags() | AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_QSCALE).global_quality(2 * FF_QP2LAMBDA);
    check(file, avcodec_open2(context, codec, (AVDictionary) null));
    AVStream stream = avformat_new_stream(format, null);
    stream.time_base(context.time_base());
    check(file, avcodec_parameters_from_context(stream.codecpar(), context));
    AVIOContext output = new AVIOContext(null);
    check(file, avio_open(output, file.toString(), AVIO_FLAG_WRITE));
    format.pb(output);
    check(file, avformat_write_header(format, (AVDictionary) null));
    AVFrame frame = av_frame_alloc();
    frame.width(EDGE).height(EDGE).format(AV_PIX_FMT_YUV420P).colorspace(encoding.colourSpace);
    check(file, av_frame_get_buffer(frame, 0));
    for (int i = 0; i < colours.length; i++) {
      check(file, av_frame_make_writable(frame));
      fill(frame, colours[i]);
      frame.pts(i);
      check(file, avcodec_send_frame(context, frame));
      drain(format, context, stream);
    }
    check(file, avcodec_send_frame(context, null));
    drain(format, context, stream);
    check(file, av_write_trailer(format));
    av_frame_free(frame);
    avcodec_free_context(context);
    avio_closep(output);
    avformat_free_context(format);
  }

  private static void fill(AVFrame frame, int[] colour) {
    for (int plane = 0; plane < 3; plane++) {
      int edge = plane == 0 ? EDGE : EDGE / 2;
      for (int y = 0; y < edge; y++) {
        BytePointer row = frame.data(plane).getPointer((long) y * frame.linesize(plane));
        for (int x = 0; x < edge; x++) {
          row.put(x, (byte) colour[plane]);
        }
      }
    }
  }

  private static void drain(AVFormatContext format, AVCodecContext context, AVStream stream) {
    AVPacket packet = av_packet_alloc();
    while (avcodec_receive_packet(context, packet) == 0) {
      av_packet_rescale_ts(packet, context.time_base(), stream.time_base());
      packet.stream_index(0);
      // Without it the last frame lasts no time and is left out.
      packet.duration(stream.time_base().den() / (10L * stream.time_base().num()));
      av_interleaved_write_frame(format, packet);
    }
    av_packet_free(packet);
  }

  private static void check(Path file, int result) {
    VideoError.check(file, "written", result);
  }
}
