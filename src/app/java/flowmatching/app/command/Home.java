package flowmatching.app.command;

import flowmatching.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the files are that come with the program: models, config, launch. */
final class Home {
  private Home() {}

  /** @throws BadInputException where the program was started by other means than its launcher */
  static Path directory() {
    String home = System.getProperty("flowmatching.home");
    if (home == null || !Files.isDirectory(Path.of(home).resolve("models"))) {
      throw new BadInputException("-Dflowmatching.home: expected the directory that holds models/, found " + home + "; start with ./flowmatching");
    }
    return Path.of(home);
  }
}
