package flowmatching;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the files are that tests read. */
public final class TestData {
  private TestData() {}

  /** The checkout's root. */
  public static Path home() {
    String home = System.getProperty("flowmatching.home");
    if (home != null) {
      return Path.of(home);
    }
    Path directory = Path.of("").toAbsolutePath();
    while (directory != null && !Files.isDirectory(directory.resolve("src/testdata"))) {
      directory = directory.getParent();
    }
    if (directory == null) {
      throw new IllegalStateException("run tests below the checkout, or set -Dflowmatching.home");
    }
    return directory;
  }

  /** A file below src/testdata, for example {@code golden_models/b_small_one_camera}. */
  public static Path path(String name) {
    return home().resolve("src/testdata").resolve(name);
  }
}
