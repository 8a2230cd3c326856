package flowmatching.dataset.write;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.dataset.DatasetFeature;
import flowmatching.dataset.DatasetInfo;
import flowmatching.dataset.video.VideoWriter;
import java.util.List;

/** {@code meta/info.json} of a new set, as LeRobot 0.6.1 writes it. */
final class InfoFile {
  static final int DATA_MEBIBYTES = 100;
  static final int VIDEO_MEBIBYTES = 200;

  private InfoFile() {}

  static ObjectNode create(DatasetSpec spec) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("codebase_version", DatasetInfo.V30).put("fps", spec.fps());
    ObjectNode features = json.putObject("features");
    for (DatasetFeature feature : spec.features()) {
      ObjectNode node = add(features, feature);
      if (feature.isVideo()) {
        describeVideo(node.putObject("info"), feature, spec.fps());
      }
    }
    DatasetFeature.INDEX_COLUMNS.forEach(key -> add(features, new DatasetFeature(key, key.equals("timestamp") ? "float32" : "int64", List.of(1), List.of())));
    json.put("total_episodes", 0).put("total_frames", 0).put("total_tasks", 0);
    boolean hasVideos = spec.features().stream().anyMatch(DatasetFeature::isVideo);
    files(json, hasVideos);
    json.put("robot_type", spec.robotType());
    json.putObject("splits");
    return json;
  }

  /** How a v3.0 set lays out its files. */
  static void files(ObjectNode json, boolean hasVideos) {
    json.put("chunks_size", DatasetInfo.CHUNKS_SIZE).put("data_files_size_in_mb", DATA_MEBIBYTES).put("video_files_size_in_mb", VIDEO_MEBIBYTES);
    json.put("data_path", DatasetInfo.DATA_PATH).put("video_path", hasVideos ? DatasetInfo.VIDEO_PATH : null);
  }

  private static ObjectNode add(ObjectNode features, DatasetFeature feature) {
    ObjectNode node = features.putObject(feature.key()).put("dtype", feature.dtype());
    ArrayNode shape = node.putArray("shape");
    feature.shape().forEach(shape::add);
    if (feature.names().isEmpty()) {
      node.putNull("names");
    } else {
      ArrayNode names = node.putArray("names");
      feature.names().forEach(names::add);
    }
    return node;
  }

  private static void describeVideo(ObjectNode node, DatasetFeature feature, int fps) {
    node.put("video.height", feature.shape().get(0)).put("video.width", feature.shape().get(1));
    node.put("video.codec", VideoWriter.CODEC).put("video.pix_fmt", VideoWriter.PIXEL_FORMAT).put("video.fps", fps).put("video.channels", 3);
    node.put("has_audio", false).put("video.g", VideoWriter.KEY_FRAME_EVERY).put("video.crf", VideoWriter.CRF);
    node.put("video.preset", VideoWriter.PRESET).put("video.fast_decode", 0).put("video.video_backend", "pyav");
    node.putObject("video.extra_options");
    node.put("is_depth_map", false);
  }
}
