package flowmatching.ros.message;

/** {@code geometry_msgs/msg/Point}, metres. */
public record Position(double x, double y, double z) {}
