package flowmatching.ros.dds;

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
 * Finds the library that joins a DDS graph, or builds it: Fast DDS has no stable binary interface, so the library is compiled
 * where it runs, once, in some seconds.
 *
 * <p>The property {@code flowmatching.graph.library} names one that was built before (by CMake). Else it lies in
 * {@code $XDG_CACHE_HOME/flowmatching}, by default {@code ~/.cache/flowmatching}, under the hash of its sources.
 */
final class GraphLibrary {
  private static final Logger LOG = LogManager.getLogger();
  private static final String PROPERTY = "flowmatching.graph.library";
  private static final List<String> SOURCES =
      List.of(
      "graph.h", "graph_fastdds.cpp", "fastdds_version.hpp", "opening_transport.hpp", "discovery_info.hpp", "ros_names.hpp");
  private static final String INSTALL =
      "; install it with: sudo apt-get install g++ libfastrtps-dev (Debian, Ubuntu), or source a ROS workspace, which brings Fast DDS";

  private static boolean loaded;

  private GraphLibrary() {}

  /**
   * Loads the library; the first call may build it.
   *
   * @throws BadInputException where it cannot be built or loaded, saying what to install
   */
  static synchronized void load() {
    if (loaded) {
      return;
    }
    String chosen = System.getProperty(PROPERTY);
    if (chosen != null) {
      NativeGraph.load(Path.of(chosen));
    } else {
      loadCached(cache(System.getenv(), System.getProperty("user.home")));
    }
    loaded = true;
  }

  /** The directory of the libraries that were built. */
  static Path cache(Map<String, String> environment, String home) {
    String chosen = environment.get("XDG_CACHE_HOME");
    return (chosen == null || chosen.isBlank() ? Path.of(home, ".cache") : Path.of(chosen)).resolve("flowmatching");
  }

  private static void loadCached(Path cache) {
    Path library = cache.resolve("graph-fastdds-" + key() + ".so");
    if (Files.isRegularFile(library)) {
      try {
        NativeGraph.load(library);
        return;
      } catch (BadInputException e) { // built against a Fast DDS that is gone
        LOG.info("{}; building it again", e.getMessage());
      }
    }
    build(library, System.getenv());
    NativeGraph.load(library);
  }

  /** Names what was built: the sources and the machine. */
  private static String key() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String source : SOURCES) {
        digest.update(read(source));
      }
      digest.update(System.getProperty("os.arch").getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  private static byte[] read(String source) {
    try (InputStream in = GraphLibrary.class.getResourceAsStream("native/" + source)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Compiles the library beside its place and renames it there, so that others see all of it or nothing.
   *
   * @param environment {@code CXX} chooses another compiler, {@code AMENT_PREFIX_PATH} says where a ROS workspace has Fast DDS
   */
  static void build(Path library, Map<String, String> environment) {
    LOG.info("building {} (once)", library);
    try {
      Files.createDirectories(library.getParent());
      Path folder = Files.createTempDirectory(library.getParent(), "build-");
      try {
        for (String source : SOURCES) {
          Files.write(folder.resolve(source), read(source));
        }
        compile(folder, environment);
        move(folder.resolve("graph.so"), library);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new BadInputException("the library for DDS cannot be built as " + library + ": " + e.getMessage(), e);
    }
  }

  private static void compile(Path folder, Map<String, String> environment) throws IOException {
    List<String> paths = new ArrayList<>();
    List<String> libraries = new ArrayList<>();
    for (String prefix : environment.getOrDefault("AMENT_PREFIX_PATH", "").split(":")) {
      if (!prefix.isBlank()) {
        for (String include : List.of("include", "include/fastrtps", "include/fastdds", "include/fastcdr")) {
          paths.add("-I" + prefix + "/" + include);
        }
        libraries.addAll(List.of("-L" + prefix + "/lib", "-Wl,-rpath," + prefix + "/lib"));
      }
    }
    List<String> compile = new ArrayList<>(List.of("-std=c++17", "-O2", "-fPIC", "-c", "graph_fastdds.cpp", "-o", "graph.o"));
    compile.addAll(paths);
    String refusal = run(folder, environment, compile);
    if (refusal.contains("fastdds/") && refusal.contains("No such file")) {
      throw new BadInputException("transport dds needs Fast DDS and its headers" + INSTALL);
    }
    for (String name : List.of("-lfastrtps", "-lfastdds")) { // Fast DDS 3 changed the name of its library
      if (refusal.isEmpty()) {
        List<String> link = new ArrayList<>(List.of("-shared", "-o", "graph.so", "graph.o"));
        link.addAll(libraries);
        link.add(name);
        if (run(folder, environment, link).isEmpty()) {
          return;
        }
      }
    }
    throw new BadInputException("transport dds: this Fast DDS is not known here, the compiler says: " + refusal.lines().limit(5).toList());
  }

  /** Runs the compiler; what it printed where it failed, else nothing. */
  private static String run(Path folder, Map<String, String> environment, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(environment.getOrDefault("CXX", "g++")));
    command.addAll(arguments);
    Process process;
    try {
      process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new BadInputException("transport dds needs a C++ compiler, " + command.get(0) + " is not there" + INSTALL, e);
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      return process.waitFor() == 0 ? "" : output + " ";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BadInputException("building the library for DDS was interrupted", e);
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
