package flowmatching.ros.wire;

import flowmatching.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A library that joins a ROS 2 graph: what {@code native/graph.h} promises, over one of two libraries that others wrote. */
public enum GraphLibrary {
  /** Over Fast DDS alone, on a machine that has no ROS. */
  FAST_DDS("fastdds", List.of("fastdds_version.hpp", "opening_transport.hpp", "discovery_info.hpp")) {
    @Override
    List<String> includes(Path prefix) {
      return Stream.of("", "fastrtps", "fastdds", "fastcdr").map(name -> "-I" + prefix.resolve("include").resolve(name)).toList();
    }

    @Override
    List<List<String>> links() { // Fast DDS 3 changed the name of its library
      return List.of(List.of("-lfastrtps"), List.of("-lfastdds"));
    }

    @Override
    String needs() {
      return "transport dds needs Fast DDS, its headers and a C++ compiler; install them with: sudo apt-get install g++ libfastrtps-dev "
          + "(Debian, Ubuntu), or source a ROS workspace, which brings Fast DDS";
    }
  },
  /** Over rcl, where a ROS workspace is sourced: every RMW, ROS's security and settings. */
  RCL("rcl", List.of()) {
    @Override
    List<String> includes(Path prefix) { // since Humble each package has a directory of its own
      String[] packages = prefix.resolve("include").toFile().list((folder, name) -> folder.toPath().resolve(name).resolve(name).toFile().isDirectory());
      return packages == null ? List.of() : Arrays.stream(packages).sorted().map(name -> "-I" + prefix.resolve("include").resolve(name)).toList();
    }

    @Override
    List<List<String>> links() { // what rcl links with brings the RMW
      return List.of(List.of("-lrcl", "-lrmw", "-lrcutils", "-lrosidl_runtime_c", "-lrosidl_typesupport_introspection_c"));
    }

    @Override
    String needs() {
      return "transport rcl needs a sourced ROS workspace (Humble or later) and a C++ compiler: . /opt/ros/DISTRIBUTION/setup.bash; "
          + "sudo apt-get install g++; without ROS use --transport=dds";
    }
  };

  private static GraphLibrary loaded;

  private final String key;
  private final List<String> sources;

  /** @param headers those that only this library has */
  GraphLibrary(String key, List<String> headers) {
    this.key = key;
    this.sources = Stream.of(List.of("graph_" + key + ".cpp", "graph.h", "graph_common.hpp", "ros_names.hpp"), headers).flatMap(List::stream).toList();
  }

  abstract List<String> includes(Path prefix);

  /** What to link with, in the order in which it is tried. */
  abstract List<List<String>> links();

  /** A sentence for whom something is missing. */
  abstract String needs();

  /** Short name in files. */
  String key() {
    return key;
  }

  /** Resources below {@code native/}; the first is compiled. */
  List<String> sources() {
    return sources;
  }

  /** {@link #RCL} where a workspace that has rcl is sourced, else {@link #FAST_DDS}. */
  public static GraphLibrary ofEnvironment(Map<String, String> environment) {
    return prefixes(environment).stream().anyMatch(prefix -> Files.exists(prefix.resolve("lib/librcl.so"))) ? RCL : FAST_DDS;
  }

  /** Where sourced workspaces are installed. */
  static List<Path> prefixes(Map<String, String> environment) {
    List<Path> prefixes = new ArrayList<>();
    for (String prefix : environment.getOrDefault("AMENT_PREFIX_PATH", "").split(":")) {
      if (!prefix.isBlank()) {
        prefixes.add(Path.of(prefix));
      }
    }
    return prefixes;
  }

  /**
   * Loads the library; the first call on a machine may build it. A process has one.
   *
   * @throws BadInputException where it cannot be built or loaded, saying what to install, or another one is loaded
   */
  void load() {
    synchronized (GraphLibrary.class) {
      if (loaded == null) {
        LibraryBuild.load(this, System.getenv());
        loaded = this;
      } else if (loaded != this) {
        throw new BadInputException("transport " + key + ": this process has joined a graph over " + loaded.key + " already");
      }
    }
  }
}
