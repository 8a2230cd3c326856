package flowmatching.ros.check;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.message.CompressedImage;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.ImageDecoding;
import flowmatching.ros.message.Time;
import flowmatching.ros.node.CameraSource;
import java.util.function.Supplier;

/** Listens to a camera. As the node does, it checks each message when it comes and decodes the newest one now and then. */
final class CameraWatch {
  private final CameraSource source;
  private final StreamWatch stream;
  private Supplier<RgbImage> newest;
  private String encoding = "";
  private int width;
  private int height;
  private int sizeChanges;
  private long decoded;
  private long undecodable;
  private String reason = "";

  CameraWatch(RobotGraph graph, CameraSource source) {
    this.source = source;
    this.stream = switch (source.transport()) {
      case RAW -> new StreamWatch(graph, source.topic(), Image.TYPE, source.reliability(), this::receive);
      case COMPRESSED -> new StreamWatch(graph, source.topic(), CompressedImage.TYPE, source.reliability(), this::receive);
    };
  }

  private Time receive(Image message) {
    return receive(message.header(), message.encoding(), () -> ImageDecoding.check(message), () -> ImageDecoding.decode(message));
  }

  private Time receive(CompressedImage message) {
    return receive(message.header(), message.format(), () -> ImageDecoding.check(message), () -> ImageDecoding.decode(message));
  }

  private synchronized Time receive(Header header, String encoding, Runnable check, Supplier<RgbImage> decode) {
    this.encoding = encoding;
    try {
      check.run();
      newest = decode;
    } catch (BadInputException e) {
      refuse(e);
    }
    return header.stamp();
  }

  /** Decodes the newest picture, where there is one that was not decoded yet. */
  void decodeNewest() {
    Supplier<RgbImage> decode;
    synchronized (this) {
      decode = newest;
      newest = null;
    }
    if (decode == null) {
      return;
    }
    try {
      RgbImage picture = decode.get(); // without the lock: the next message need not wait
      seen(picture);
    } catch (BadInputException e) {
      refuse(e);
    }
  }

  private synchronized void seen(RgbImage picture) {
    if (decoded++ > 0 && (picture.width() != width || picture.height() != height)) {
      sizeChanges++;
    }
    width = picture.width();
    height = picture.height();
  }

  private synchronized void refuse(BadInputException e) {
    if (undecodable++ == 0) {
      reason = e.getMessage();
    }
  }

  synchronized CameraObservation observation() {
    return new CameraObservation(
        source.key(), stream.observation(), encoding, width, height, sizeChanges, decoded, undecodable, reason);
  }

  void close() {
    stream.close();
  }
}
