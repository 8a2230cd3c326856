package flowmatching.ros.message;

/**
 * {@code std_msgs/msg/MultiArrayDimension}.
 *
 * @param label name of the dimension
 * @param size entries along it
 * @param stride values between two entries of the dimension before it
 */
public record MultiArrayDimension(String label, int size, int stride) {}
