package flowmatching.ros.message;

import java.util.List;

/**
 * {@code std_msgs/msg/MultiArrayLayout}.
 *
 * @param dim outermost first; empty where the array is a plain list, as ros2_control's controllers take it
 * @param dataOffset values before the first
 */
public record MultiArrayLayout(List<MultiArrayDimension> dim, int dataOffset) {
  /** A plain list. */
  public static final MultiArrayLayout LIST = new MultiArrayLayout(List.of(), 0);

  public MultiArrayLayout {
    dim = List.copyOf(dim);
  }
}
