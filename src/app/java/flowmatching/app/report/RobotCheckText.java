package flowmatching.app.report;

import flowmatching.ros.check.CameraObservation;
import flowmatching.ros.check.Finding;
import flowmatching.ros.check.Finding.Level;
import flowmatching.ros.check.JointStatistics;
import flowmatching.ros.check.JointValue;
import flowmatching.ros.check.RobotCheck;
import flowmatching.ros.check.StreamObservation;
import flowmatching.ros.graph.TopicEndpoint;
import flowmatching.ros.node.CameraSource;
import flowmatching.ros.node.Crop;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a robot check saw and found, for a terminal. */
public final class RobotCheckText {
  private static final double MILLIS = 1e3;

  private RobotCheckText() {}

  /** Tables of what was seen, then in words what to change. */
  public static String of(RobotCheck check, List<Finding> findings) {
    StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "robot %s, listened to for %.1f s, %s time%n%n",
        check.robot().name(), check.seen().seconds(), check.seen().simulatedTime() ? "simulated" : "the system's"));
    text.append(streams(check)).append('\n');
    if (!check.robot().cameras().isEmpty()) {
      text.append(cameras(check)).append('\n');
    }
    if (!check.robot().state().joints().isEmpty()) {
      text.append(joints(check)).append('\n');
    }
    if (!check.endpoints().isEmpty()) {
      text.append(endpoints(check)).append('\n');
    }
    boolean fine = findings.stream().noneMatch(finding -> finding.level() == Level.ATTENTION);
    text.append(fine ? "Nothing needs attention.\n" : "To be changed:\n");
    for (Finding finding : findings) {
      text.append(finding.level() == Level.ATTENTION ? "  ! " : "  note: ").append(finding.subject()).append(": ").append(finding.text()).append('\n');
    }
    return text.toString();
  }

  private static TextTable streams(RobotCheck check) {
    TextTable table = new TextTable("topic", "messages", "Hz", "jitter ms", "longest gap ms", "age s");
    List<StreamObservation> streams = new ArrayList<>(check.seen().cameras().stream().map(CameraObservation::stream).toList());
    streams.add(check.seen().state().stream());
    if (check.seen().simulatedTime() || check.seen().clock().messages() > 0) {
      streams.add(check.seen().clock());
    }
    for (StreamObservation s : streams) {
      String age = Double.isNaN(s.leastAge()) ? "-" : number(s.leastAge(), 3) + " to " + number(s.greatestAge(), 3);
      table.row(s.topic(), s.messages(), number(s.rate(), 1), number(s.jitter() * MILLIS, 1), number(s.longestGap() * MILLIS, 1), age);
    }
    return table;
  }

  private static TextTable cameras(RobotCheck check) {
    TextTable table = new TextTable("camera", "encoding", "size", "after crop", "recorded", "decoded", "unusable");
    for (int i = 0; i < check.robot().cameras().size(); i++) {
      CameraSource source = check.robot().cameras().get(i);
      CameraObservation seen = check.seen().cameras().get(i);
      Optional<Crop> crop = source.crop();
      table.row(source.key(), seen.encoding().isEmpty() ? "-" : seen.encoding(), size(seen.width(), seen.height()),
          crop.isEmpty() ? size(seen.width(), seen.height()) : size(crop.get().width(), crop.get().height()),
          check.recorded(source.key()).map(picture -> size(picture.width(), picture.height())).orElse("-"), seen.decoded(), seen.undecodable());
    }
    return table;
  }

  private static TextTable joints(RobotCheck check) {
    boolean compared = check.joints().stream().anyMatch(joint -> joint.statistics().isPresent());
    TextTable table = compared
        ? new TextTable("joint", "robot", "data set", "mean", "std", "min", "max", "z", "")
        : new TextTable("joint", "robot", "data set", "");
    for (JointValue joint : check.joints()) {
      String robot = number(joint.robot(), 4);
      String dataSet = number(joint.dataSet(), 4);
      String remark = Double.isNaN(joint.robot()) ? "missing" : joint.outside() ? "outside" : "";
      if (compared) {
        JointStatistics known = joint.statistics().orElseThrow();
        table.row(joint.name(), robot, dataSet, number(known.mean(), 4), number(known.std(), 4), number(known.min(), 4),
            number(known.max(), 4), number(joint.z(), 1), remark);
      } else {
        table.row(joint.name(), robot, dataSet, remark);
      }
    }
    return table;
  }

  private static TextTable endpoints(RobotCheck check) {
    TextTable table = new TextTable("topic", "end", "type", "quality", "node");
    for (TopicEndpoint end : check.endpoints()) {
      table.row(end.topic(), lower(end.kind()), end.type(), lower(end.reliability()) + ", " + lower(end.durability()),
          end.node().isEmpty() ? "(no name)" : end.node());
    }
    return table;
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static String size(int width, int height) {
    return width == 0 ? "-" : width + "x" + height;
  }

  private static String number(double value, int digits) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%." + digits + "f", value) : "-";
  }
}
