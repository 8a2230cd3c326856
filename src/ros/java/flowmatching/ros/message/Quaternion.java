package flowmatching.ros.message;

/** {@code geometry_msgs/msg/Quaternion}: a rotation, of length 1. */
public record Quaternion(double x, double y, double z, double w) {
  /** About the vertical, radians. */
  public static Quaternion ofYaw(double yaw) {
    return new Quaternion(0, 0, Math.sin(yaw / 2), Math.cos(yaw / 2));
  }

  /** How far it turns the x axis about the vertical, radians. */
  public double yaw() {
    return Math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z));
  }
}
