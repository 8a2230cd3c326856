package flowmatching.ros.node;

import flowmatching.BadInputException;
import flowmatching.control.Counters;
import flowmatching.control.PolicyController;
import flowmatching.image.ImageResize;
import flowmatching.image.RgbImage;
import flowmatching.model.PolicyFeature;
import flowmatching.ros.message.CompressedImage;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.ImageDecoding;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * One camera. A policy predicts about once a second and a camera sends thirty frames in that time, so only what a message claims
 * is checked when it comes; the newest one is decoded, cropped and resized when a prediction asks for it.
 */
final class CameraInput {
  /** What the controller is given for each frame: that there is one. {@link RobotPolicy} puts the picture in its place. */
  private static final RgbImage ARRIVED = new RgbImage(1, 1, new byte[3]);

  private final CameraSource source;
  private final PolicyController controller;
  private final StreamCounters counters;
  private final AtomicLong sizeChanged;
  private final AtomicLong decoded;
  private final AtomicLong undecodable;
  private volatile Supplier<RgbImage> newest;
  private int width;
  private int height;

  CameraInput(CameraSource source, PolicyController controller, Counters counters) {
    this.source = source;
    this.controller = controller;
    this.counters = new StreamCounters(source.key(), source.topic(), controller.config().useSimTime(), counters);
    sizeChanged = counters.named("stream." + source.key() + ".size_changed");
    decoded = counters.named("stream." + source.key() + ".decoded");
    undecodable = counters.named("stream." + source.key() + ".undecodable");
  }

  /** Called on the graph's thread. */
  void receive(Image message) {
    receive(message.header(), () -> ImageDecoding.check(message), () -> ImageDecoding.decode(message));
  }

  /** Called on the graph's thread. */
  void receive(CompressedImage message) {
    receive(message.header(), () -> ImageDecoding.check(message), () -> ImageDecoding.decode(message));
  }

  private void receive(Header header, Runnable check, Supplier<RgbImage> decode) {
    try {
      check.run();
    } catch (BadInputException e) {
      counters.refused(e.getMessage());
      return;
    }
    long stamp = header.stamp().toNanoseconds();
    counters.stamped(stamp);
    newest = decode;
    controller.offerImage(source.key(), ARRIVED, stamp);
  }

  /**
   * The newest picture, as the data set's recorder would have stored it. Called on the policy's thread.
   *
   * @param recorded the policy's camera of the same key, with the size that its data set has
   * @throws BadInputException where it cannot be decoded, or is smaller than the crop
   */
  RgbImage picture(PolicyFeature recorded) {
    try {
      RgbImage whole = newest.get();
      if (width != 0 && (whole.width() != width || whole.height() != height)) {
        sizeChanged.incrementAndGet();
      }
      width = whole.width();
      height = whole.height();
      RgbImage part = source.crop().isPresent() ? source.crop().get().of(whole) : whole;
      decoded.incrementAndGet();
      return ImageResize.antialiased(part, recorded.width(), recorded.height());
    } catch (BadInputException e) {
      counters.count(undecodable, e.getMessage());
      throw new BadInputException(source.topic() + ": " + e.getMessage(), e);
    }
  }
}
