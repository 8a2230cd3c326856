package flowmatching.hub;

/** Which files of a repository belong to LeRobot's layouts: the rest (README.md, pictures, notes) is for people. */
final class LeRobotFiles {
  static final String INFO = "meta/info.json";

  private LeRobotFiles() {}

  static boolean isOfCheckpoint(String path) {
    return !path.contains("/") && (path.endsWith(".json") || path.endsWith(".safetensors"));
  }

  static boolean isOfDataset(String path) {
    return path.startsWith("meta/") || path.startsWith("data/") || path.startsWith("videos/");
  }
}
