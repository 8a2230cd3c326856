package flowmatching.ros.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphLibraryTest {
  @TempDir
  private Path folder;

  /** A compiler that prints {@code text} and ends with {@code status}. */
  private Path compiler(String text, int status) throws IOException {
    Path script = Files.writeString(folder.resolve("compiler"), "#!/bin/sh\necho '" + text + "'\nexit " + status + "\n");
    assertTrue(script.toFile().setExecutable(true));
    return script;
  }

  private String refusal(String compiler) {
    return assertThrows(BadInputException.class,
        () -> LibraryBuild.build(GraphLibrary.FAST_DDS, folder.resolve("cache").resolve("library.so"), Map.of("CXX", compiler))).getMessage();
  }

  @Test
  void aMissingCompilerIsNamedWithThePackageThatBringsIt() {
    String message = refusal(folder.resolve("nothing").toString());
    assertTrue(message.contains("nothing is not there") && message.contains("apt-get install g++ libfastrtps-dev"), message);
  }

  @Test
  void missingHeadersAreNamedWithThePackageThatBringsThem() throws IOException {
    String message = refusal(compiler(
        "fastdds_version.hpp:12:10: fatal error: fastdds/dds/domain/DomainParticipant.hpp: No such file or directory", 1).toString());
    assertTrue(message.contains("needs Fast DDS, its headers") && message.contains("libfastrtps-dev"), message);
  }

  @Test
  void whatElseTheCompilerSaysIsPassedOn() throws IOException {
    String message = refusal(compiler("graph_fastdds.cpp:1:1: error: no", 1).toString());
    assertTrue(message.contains("graph_fastdds.cpp:1:1: error: no"), message);
  }

  @Test
  void aCompilerMayHaveArguments() throws IOException {
    String message = refusal(compiler("graph_fastdds.cpp:1:1: error: no", 1) + " -pipe");
    assertTrue(message.contains("graph_fastdds.cpp:1:1: error: no"), message);
  }

  @Test
  void aBuildThatFailsLeavesNothingBehind() throws IOException {
    refusal(compiler("no", 1).toString());
    try (Stream<Path> left = Files.list(folder.resolve("cache"))) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void whereRosIsSourcedItsOwnLibraryIsTaken() throws IOException {
    assertEquals(GraphLibrary.FAST_DDS, GraphLibrary.ofEnvironment(Map.of("AMENT_PREFIX_PATH", folder.toString())));
    Files.createFile(Files.createDirectory(folder.resolve("lib")).resolve("librcl.so"));
    assertEquals(GraphLibrary.RCL, GraphLibrary.ofEnvironment(Map.of("AMENT_PREFIX_PATH", "/nowhere:" + folder)));
    assertEquals(GraphLibrary.FAST_DDS, GraphLibrary.ofEnvironment(Map.of()));
  }

  @Test
  void withoutRosRclNamesWhatToSource() throws IOException {
    String compiler = compiler("graph_rcl.cpp:6:10: fatal error: rcl/rcl.h: No such file or directory", 1).toString();
    String message = assertThrows(BadInputException.class,
        () -> LibraryBuild.build(GraphLibrary.RCL, folder.resolve("cache").resolve("library.so"), Map.of("CXX", compiler))).getMessage();
    assertTrue(message.contains("setup.bash") && message.contains("--transport=dds"), message);
  }

  @Test
  void aCacheThatCannotBeWrittenIsSaidWithTheWayToAnother() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    String message = assertThrows(BadInputException.class, () -> LibraryBuild.build(GraphLibrary.FAST_DDS, file.resolve("library.so"), Map.of())).getMessage();
    assertTrue(message.endsWith("; XDG_CACHE_HOME names another directory"), message);
  }

  @Test
  void theCacheIsWhereTheDesktopKeepsCaches() {
    assertEquals(Path.of("/home/me/.cache/flowmatching"), LibraryBuild.cache(Map.of(), "/home/me"));
    assertEquals(Path.of("/var/cache/flowmatching"), LibraryBuild.cache(Map.of("XDG_CACHE_HOME", "/var/cache"), "/home/me"));
  }
}
