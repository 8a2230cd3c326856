package flowmatching.ros.check;

import static flowmatching.ros.check.TopicRules.number;

import flowmatching.model.PolicyFeature;
import flowmatching.ros.message.CompressedImage;
import flowmatching.ros.message.Image;
import flowmatching.ros.node.CameraSource;
import flowmatching.ros.node.CameraSource.Transport;
import flowmatching.ros.node.Crop;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/** What is wrong with a camera's pictures. */
final class CameraRules {
  /** Pictures may come this much slower than they were recorded before it is said. */
  private static final double SLOWER = 0.9;
  /** Width through height may differ by this share before the picture counts as distorted. */
  private static final double DISTORTION = 0.02;

  private final TopicRules topics;
  private final Findings findings;

  CameraRules(TopicRules topics, Findings findings) {
    this.topics = topics;
    this.findings = findings;
  }

  /**
   * Looks at a camera.
   *
   * @param maxAge seconds after which the node holds the robot
   * @param recorded its picture in the training data, where that is known
   * @param frameRate of the training data, where it is known and time is not simulated
   */
  void check(CameraSource source, CameraObservation seen, double maxAge, Optional<PolicyFeature> recorded, OptionalDouble frameRate) {
    StreamObservation stream = seen.stream();
    if (!topics.arrives(stream, source.reliability(), type -> advice(type, stream.type()), maxAge)) {
      return;
    }
    String topic = stream.topic();
    if (seen.undecodable() > 0) {
      findings.attention(topic, seen.undecodable() + " of " + stream.messages() + " messages cannot be used: " + seen.reason());
    }
    if (seen.sizeChanges() > 0) {
      findings.attention(topic, "the size of its pictures changes: another sender or a driver that is not set up");
    }
    if (frameRate.isPresent() && stream.rate() < SLOWER * frameRate.getAsDouble()) {
      findings.note(topic, number(stream.rate()) + " pictures come a second; the data set was recorded with " + number(frameRate.getAsDouble())
          + ", so the policy will act on older ones than it has learnt");
    }
    if (seen.decoded() > 0) {
      size(topic, source, seen, recorded);
    }
  }

  private static String advice(String type, String wanted) {
    if (type.equals(CompressedImage.TYPE.name())) {
      return "set transport: " + Transport.COMPRESSED.name().toLowerCase(Locale.ROOT);
    }
    return type.equals(Image.TYPE.name()) ? "set transport: " + Transport.RAW.name().toLowerCase(Locale.ROOT) : "set topic to one of type " + wanted;
  }

  private void size(String topic, CameraSource source, CameraObservation seen, Optional<PolicyFeature> recorded) {
    int width = source.crop().map(Crop::width).orElse(seen.width());
    int height = source.crop().map(Crop::height).orElse(seen.height());
    if (source.crop().isPresent() && !source.crop().get().fits(seen.width(), seen.height())) {
      findings.attention(topic, "its crop reaches beyond its pictures of " + size(seen.width(), seen.height()) + ": change crop");
      return;
    }
    if (recorded.isEmpty()) {
      return;
    }
    int wide = recorded.get().width();
    int high = recorded.get().height();
    String difference = "the data set has pictures of " + size(wide, high) + ", the robot's have " + size(width, height)
        + (source.crop().isPresent() ? " after the crop" : "");
    double stretch = (double) width * high / ((double) height * wide);
    if (Math.abs(stretch - 1) > DISTORTION) {
      findings.attention(topic, difference + " and would be distorted: " + crop(seen.width(), seen.height(), wide, high)
          + " would keep the shape; take the part that the data set's pictures show");
    } else if (width != wide) {
      findings.note(topic, difference + ": they are resized");
    }
  }

  /** The greatest part in the middle that has the shape of {@code wide} x {@code high}. */
  private static String crop(int width, int height, int wide, int high) {
    int partWidth = (int) Math.min(width, Math.round((double) height * wide / high));
    int partHeight = (int) Math.min(height, Math.round((double) width * high / wide));
    return "crop: {x: " + (width - partWidth) / 2 + ", y: " + (height - partHeight) / 2 + ", width: " + partWidth + ", height: " + partHeight + "}";
  }

  private static String size(int width, int height) {
    return width + "x" + height;
  }
}
