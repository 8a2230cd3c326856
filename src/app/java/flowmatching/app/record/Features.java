package flowmatching.app.record;

import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.write.DatasetSpec;
import flowmatching.model.PolicyFeature;
import flowmatching.ros.node.CameraSource;
import flowmatching.ros.node.RobotDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a recording of a robot holds. */
final class Features {
  private Features() {}

  /** @param sizes width and height of each camera's pictures, by key */
  static DatasetSpec of(RobotDescription robot, Map<String, int[]> sizes, int fps, boolean video) {
    List<DatasetFeature> features = new ArrayList<>();
    for (CameraSource camera : robot.cameras()) {
      int[] size = sizes.get(camera.key());
      features.add(video ? DatasetSpec.video(camera.key(), size[0], size[1]) : DatasetSpec.image(camera.key(), size[0], size[1]));
    }
    features.add(DatasetSpec.vector(PolicyFeature.STATE, robot.state().names()));
    features.add(DatasetSpec.vector(PolicyFeature.ACTION, robot.actionNames()));
    return new DatasetSpec(fps, robot.name(), features);
  }
}
