package flowmatching.model;

import java.util.List;

/**
 * An input or output of the policy as {@code config.json} lists it.
 *
 * @param key the data set's name for it, for example {@code observation.images.front}
 * @param type what it is
 * @param shape {@code [channels, height, width]} as recorded for a picture, {@code [size]} for a vector
 */
public record PolicyFeature(String key, Type type, List<Integer> shape) {
  /** LeRobot's keys of the robot's state and of what it is to do. */
  public static final String STATE = "observation.state";
  public static final String ACTION = "action";

  /** LeRobot's feature types, with the spelling of {@code config.json}. */
  public enum Type {
    VISUAL, STATE, ENV, ACTION, REWARD, LANGUAGE
  }

  public PolicyFeature {
    shape = List.copyOf(shape);
  }

  /** Height in pixels as recorded; pictures only. */
  public int height() {
    return shape.get(1);
  }

  /** Width in pixels as recorded; pictures only. */
  public int width() {
    return shape.get(2);
  }
}
