package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.SimilarNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Where the files are that come with the program: models, config, launch. */
final class Home {
  private static final String FILE = ".yaml";

  private Home() {}

  /**
   * A robot file by its path, or by its name in config/robots.
   *
   * @param builtIn names that the caller knows besides, for the message
   * @throws BadInputException where there is neither
   */
  static Path robot(String name, String... builtIn) {
    Path file = Path.of(name);
    if (Files.isRegularFile(file)) {
      return file;
    }
    Path robots = directory().resolve("config/robots");
    Path shipped = robots.resolve(name + FILE);
    if (!Files.isRegularFile(shipped)) {
      String last = String.valueOf(file.getFileName());
      throw new BadInputException("--robot: expected " + String.join("", Stream.of(builtIn).map(known -> known + ", ").toList()) + "a robot file or a name in " + robots + ", found '" + name + "'"
          + SimilarNames.hint(last.endsWith(FILE) ? last.substring(0, last.length() - FILE.length()) : last, robots(robots, builtIn)));
    }
    return shipped;
  }

  private static List<String> robots(Path directory, String... builtIn) {
    try (Stream<Path> files = Files.list(directory)) {
      return Stream.concat(Stream.of(builtIn), files.map(file -> file.getFileName().toString()).filter(file -> file.endsWith(FILE)).sorted()
          .map(file -> file.substring(0, file.length() - FILE.length()))).toList();
    } catch (IOException e) { // then there is nothing to propose
      return List.of();
    }
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
