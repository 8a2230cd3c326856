package flowmatching.ros.robot;

import flowmatching.BadInputException;
import flowmatching.control.ActionKind;
import flowmatching.control.Gripper;
import flowmatching.control.JointLimits;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.node.ActionJoint;
import flowmatching.ros.node.CameraSource;
import flowmatching.ros.node.CameraSource.Transport;
import flowmatching.ros.node.CommandTarget;
import flowmatching.ros.node.Crop;
import flowmatching.ros.node.RobotDescription;
import flowmatching.ros.node.StateJoint;
import flowmatching.ros.node.StateSource;
import flowmatching.ros.node.UnitConversion;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads a robot file, {@code config/robots/NAME.yaml}; docs/robots.md lists its keys. */
public final class RobotFile {
  /** Robot units a data set unit, by the word that names the data set's unit; the robot's are ROS's: radians and metres. */
  private static final Map<String, Double> UNITS = Map.of(
      "radians", 1.0, "degrees", Math.PI / 180, "metres", 1.0, "millimetres", 1e-3, "same", 1.0);

  private RobotFile() {}

  /** @throws BadInputException naming file and key where something is missing, unknown or out of range */
  public static RobotDescription read(Path file) {
    YamlNode root = YamlNode.read(file);
    root.allow("name", "cameras", "state", "actions", "command");
    List<CameraSource> cameras = root.list("cameras").stream().map(RobotFile::camera).toList();
    List<ActionJoint> actions = root.list("actions").stream().map(RobotFile::action).toList();
    if (actions.isEmpty()) {
      throw root.at("actions").wrong("at least one joint", "none");
    }
    try {
      return new RobotDescription(root.at("name").text(), cameras, state(root.at("state")), actions, command(root.at("command")));
    } catch (BadInputException e) {
      // Rules between several keys are the description's own; it does not know the file.
      throw e.getMessage().startsWith(file.toString()) ? e : new BadInputException(file + ": " + e.getMessage(), e);
    }
  }

  private static CameraSource camera(YamlNode node) {
    node.allow("key", "topic", "transport", "crop", "max_age_ms", "reliability");
    Transport transport = node.has("transport") ? node.at("transport").choice(Transport.class) : Transport.RAW;
    Optional<Crop> crop = node.has("crop") ? Optional.of(crop(node.at("crop"))) : Optional.empty();
    return new CameraSource(node.at("key").text(), topic(node), transport, crop, maxAge(node), reliability(node));
  }

  private static String topic(YamlNode node) {
    YamlNode topic = node.at("topic");
    topic.checked(() -> GraphNames.of("/", "node").resolve(topic.text()));
    return topic.text();
  }

  private static Crop crop(YamlNode node) {
    node.allow("x", "y", "width", "height");
    return node.checked(
        () -> new Crop(node.at("x").integer(), node.at("y").integer(), node.at("width").integer(), node.at("height").integer()));
  }

  private static Optional<Duration> maxAge(YamlNode node) {
    if (!node.has("max_age_ms")) {
      return Optional.empty();
    }
    double millis = node.at("max_age_ms").number();
    if (!(millis >= 1 && millis <= 60_000)) {
      throw node.at("max_age_ms").wrong("1 to 60000 ms", String.valueOf(millis));
    }
    return Optional.of(Duration.ofNanos((long) (millis * 1e6)));
  }

  private static Reliability reliability(YamlNode node) {
    return node.has("reliability") ? node.at("reliability").choice(Reliability.class) : Reliability.BEST_EFFORT;
  }

  private static StateSource state(YamlNode node) {
    node.allow("topic", "joints", "max_age_ms", "reliability");
    List<StateJoint> joints = new ArrayList<>();
    for (YamlNode joint : node.list("joints")) {
      joint.allow("name", "unit", "scale", "offset", "sign");
      joints.add(new StateJoint(joint.at("name").text(), units(joint)));
    }
    return new StateSource(topic(node), joints, maxAge(node), reliability(node));
  }

  private static ActionJoint action(YamlNode node) {
    node.allow("name", "kind", "unit", "scale", "offset", "sign", "min", "max", "max_velocity", "max_acceleration", "gripper");
    ActionKind kind = node.at("kind").choice(ActionKind.class);
    if (kind != ActionKind.GRIPPER && node.has("gripper")) {
      throw node.at("gripper").wrong("kind gripper beside it", node.at("kind").text());
    }
    JointLimits limits = node.checked(() -> new JointLimits(
        node.number("min", Double.NEGATIVE_INFINITY), node.number("max", Double.POSITIVE_INFINITY),
        node.number("max_velocity", Double.POSITIVE_INFINITY), node.number("max_acceleration", Double.POSITIVE_INFINITY)));
    return new ActionJoint(node.at("name").text(), kind, units(node), limits, kind == ActionKind.GRIPPER ? gripper(node.at("gripper")) : Gripper.DEFAULT);
  }

  /** There is no default: what closes one gripper opens another. */
  private static Gripper gripper(YamlNode node) {
    node.allow("low", "high", "low_command", "high_command");
    return node.checked(() -> new Gripper(
        node.at("low").number(), node.at("high").number(), node.at("low_command").number(), node.at("high_command").number()));
  }

  private static UnitConversion units(YamlNode node) {
    double scale = node.number("scale", 1);
    if (node.has("unit")) {
      Double known = UNITS.get(node.at("unit").text());
      if (known == null) {
        throw node.at("unit").wrong("one of " + UNITS.keySet().stream().sorted().toList() + "; give 'scale' for any other", node.at("unit").text());
      }
      scale *= known;
    }
    double factor = scale;
    return node.checked(() -> new UnitConversion(factor, node.number("offset", 0), node.has("sign") ? node.at("sign").integer() : 1));
  }

  private static CommandTarget command(YamlNode node) {
    node.allow("topic", "type", "lookahead_ms");
    String topic = topic(node);
    CommandTarget.Type type = node.at("type").choice(CommandTarget.Type.class);
    if (!node.has("lookahead_ms")) {
      return new CommandTarget(topic, type);
    }
    YamlNode lookahead = node.at("lookahead_ms");
    if (type != CommandTarget.Type.JOINT_TRAJECTORY) {
      throw lookahead.wrong("type joint_trajectory beside it", node.at("type").text());
    }
    return lookahead.checked(() -> new CommandTarget(topic, type, Duration.ofNanos(Math.round(lookahead.number() * 1e6))));
  }
}
