package flowmatching.ros.wire;

import flowmatching.BadInputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Finds a {@link GraphLibrary}, or builds it: neither Fast DDS nor rcl has a stable binary interface, so the library is compiled
 * where it runs, once, in some seconds.
 *
 * <p>The property {@code flowmatching.graph.libraries} names a directory that CMake put libraries into. Else they lie in
 * {@code $XDG_CACHE_HOME/flowmatching}, by default {@code ~/.cache/flowmatching}, under the hash of their sources.
 */
final class LibraryBuild {
  private static final Logger LOG = LogManager.getLogger();
  private static final String PROPERTY = "flowmatching.graph.libraries";

  private LibraryBuild() {}

  static void load(GraphLibrary library, Map<String, String> environment) {
    String built = System.getProperty(PROPERTY);
    Path installed = Path.of(built == null ? "" : built, "libflowmatching_graph_" + library.key() + ".so");
    if (built != null && Files.isRegularFile(installed)) {
      NativeGraph.load(installed);
    } else {
      loadCached(library, cache(environment, System.getProperty("user.home")), environment);
    }
  }

  /** The directory of the libraries that were built. */
  static Path cache(Map<String, String> environment, String home) {
    String chosen = environment.get("XDG_CACHE_HOME");
    return (chosen == null || chosen.isBlank() ? Path.of(home, ".cache") : Path.of(chosen)).resolve("flowmatching");
  }

  private static void loadCached(GraphLibrary library, Path cache, Map<String, String> environment) {
    Path file = cache.resolve("graph-" + library.key() + "-" + key(library, environment) + ".so");
    if (Files.isRegularFile(file)) {
      try {
        NativeGraph.load(file);
        return;
      } catch (BadInputException e) { // built against a Fast DDS that is gone
        LOG.info("{}; building it again", e.getMessage());
      }
    }
    build(library, file, environment);
    NativeGraph.load(file);
  }

  /** Names what was built: the sources, the machine and the workspaces, each of which has its own rcl or Fast DDS. */
  private static String key(GraphLibrary library, Map<String, String> environment) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String source : library.sources()) {
        digest.update(read(source));
      }
      digest.update(System.getProperty("os.arch").getBytes(StandardCharsets.UTF_8));
      digest.update(GraphLibrary.prefixes(environment).toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  private static byte[] read(String source) {
    try (InputStream in = LibraryBuild.class.getResourceAsStream("native/" + source)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Compiles the library beside its place and renames it there, so that others see all of it or nothing.
   *
   * @param environment {@code CXX} chooses another compiler, {@code AMENT_PREFIX_PATH} says where workspaces have what is needed
   * @throws BadInputException where it cannot be built, saying what to install
   */
  static void build(GraphLibrary library, Path file, Map<String, String> environment) {
    LOG.info("building {} (once)", file);
    try {
      Files.createDirectories(file.getParent());
      Path folder = Files.createTempDirectory(file.getParent(), "build-");
      try {
        for (String source : library.sources()) {
          Files.write(folder.resolve(source), read(source));
        }
        compile(library, folder, environment);
        move(folder.resolve("graph.so"), file);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new BadInputException("the library that joins a graph cannot be built as " + file + ": " + e + "; XDG_CACHE_HOME names another directory", e);
    }
  }

  private static void compile(GraphLibrary library, Path folder, Map<String, String> environment) throws IOException {
    List<String> compile = new ArrayList<>(List.of("-std=c++17", "-O2", "-fPIC", "-c", library.sources().get(0), "-o", "graph.o"));
    List<String> libraries = new ArrayList<>();
    for (Path prefix : GraphLibrary.prefixes(environment)) {
      compile.addAll(library.includes(prefix));
      libraries.addAll(List.of("-L" + prefix + "/lib", "-Wl,-rpath," + prefix + "/lib"));
    }
    String refusal = run(library, folder, environment, compile);
    if (refusal.contains("No such file")) {
      throw new BadInputException(library.needs());
    }
    for (List<String> names : library.links()) {
      if (refusal.isEmpty()) {
        List<String> link = new ArrayList<>(List.of("-shared", "-o", "graph.so", "graph.o"));
        link.addAll(libraries);
        link.addAll(names);
        if (run(library, folder, environment, link).isEmpty()) {
          return;
        }
      }
    }
    throw new BadInputException(library.needs() + "; the compiler says: " + refusal.lines().limit(5).toList());
  }

  /** Runs the compiler; what it printed where it failed, else nothing. */
  private static String run(GraphLibrary library, Path folder, Map<String, String> environment, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(environment.getOrDefault("CXX", "g++").strip().split("\\s+"))); // as make has it
    command.addAll(arguments);
    Process process;
    try {
      process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new BadInputException(library.needs() + "; " + command.get(0) + " is not there", e);
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      return process.waitFor() == 0 ? "" : output + " ";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BadInputException("building the library that joins a graph was interrupted", e);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
