package flowmatching.app.command;

import flowmatching.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the files are that come with the program: models, config, launch. */
final class Home {
  private Home() {}

  /**
   * A robot file by its path, or by its name in config/robots.
   *
   * @throws BadInputException where there is neither
   */
  static Path robot(String name) {
    Path file = Path.of(name);
    if (Files.isRegularFile(file)) {
      return file;
    }
    Path shipped = directory().resolve("config/robots").resolve(name + ".yaml");
    if (!Files.isRegularFile(shipped)) {
      throw new BadInputException("--robot: expected replay, a robot file or a name in " + shipped.getParent() + ", found '" + name + "'");
    }
    return shipped;
  }

  /** @throws BadInputException where the program was started by other means than its launcher */
  static Path directory() {
    String home = System.getProperty("flowmatching.home");
    if (home == null || !Files.isDirectory(Path.of(home).resolve("models"))) {
      throw new BadInputException("-Dflowmatching.home: expected the directory that holds models/, found " + home + "; start with ./flowmatching");
    }
    return Path.of(home);
  }
}
