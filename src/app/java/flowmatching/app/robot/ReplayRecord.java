package flowmatching.app.robot;

import flowmatching.image.RgbImage;
import java.util.ArrayList;
import java.util.List;

/** What a replay showed the node and what came back, frame by frame, for the report. */
public final class ReplayRecord {
  /** A picture that the node was shown. */
  public record Picture(String camera, int episode, int frame, RgbImage image) {}

  private final List<String> names;
  private final List<double[]> recorded = new ArrayList<>();
  private final List<double[]> predicted = new ArrayList<>();
  private final List<double[]> commanded = new ArrayList<>();
  private final List<Picture> pictures = new ArrayList<>();

  ReplayRecord(List<String> names) {
    this.names = names;
  }

  void picture(String camera, int episode, int frame, RgbImage image) {
    pictures.add(new Picture(camera, episode, frame, image));
  }

  void frame(float[] action, double[] prediction, double[] command) {
    double[] values = new double[names.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = action[i];
    }
    recorded.add(values);
    predicted.add(prediction);
    commanded.add(command == null ? null : command.clone());
  }

  public int frames() {
    return recorded.size();
  }

  public List<String> names() {
    return names;
  }

  public List<Picture> pictures() {
    return pictures;
  }

  /** Recorded values of one dimension, one a frame. */
  public double[] recorded(int dimension) {
    return column(recorded, dimension);
  }

  /** What the newest chunk predicted for each frame; NaN where there was none. */
  public double[] predicted(int dimension) {
    return column(predicted, dimension);
  }

  /** The last command before each frame; NaN where there was none. */
  public double[] commanded(int dimension) {
    return column(commanded, dimension);
  }

  private static double[] column(List<double[]> rows, int dimension) {
    double[] values = new double[rows.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = rows.get(i) == null ? Double.NaN : rows.get(i)[dimension];
    }
    return values;
  }
}
