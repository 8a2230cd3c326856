package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.TestData;
import flowmatching.app.CommandLines.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher in a checkout of nothing but itself, where Java and Maven are scripts that write down that they were called. */
@Timeout(60)
class LauncherTest {
  private static final String JAVA = "if [ \"$1\" = -version ]; then echo 'openjdk version \"17.0.1\"' >&2; else echo \"$LC_ALL $*\"; fi";
  private static final String MAVEN = "echo begin >>builds; sleep 1; mkdir -p src/app/target/lib; touch src/app/target/lib/flowmatching-app-1.jar; echo end >>builds";

  @TempDir Path directory;
  private Path checkout;

  @BeforeEach
  void makeACheckout() throws IOException {
    checkout = checkout("checkout");
    script(directory.resolve("jdk/bin/java"), JAVA);
  }

  private Path checkout(String name) throws IOException {
    Path made = directory.resolve(name);
    for (String part : List.of(".mvn", "config", "src", "models")) {
      Files.createDirectories(made.resolve(part));
    }
    Files.createFile(made.resolve("pom.xml"));
    Files.copy(TestData.home().resolve("flowmatching"), made.resolve("flowmatching"), StandardCopyOption.COPY_ATTRIBUTES);
    script(made.resolve("mvnw"), MAVEN);
    return made;
  }

  private static void script(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/usr/bin/env bash\n" + text + "\n");
    assertTrue(file.toFile().setExecutable(true));
  }

  private Process start(Path launcher, String... variables) throws IOException {
    // What a shell starts in the background ignores SIGINT, and so does what that starts.
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT", "JAVA_HOME=" + directory.resolve("jdk"), "TMPDIR=" + directory));
    command.addAll(List.of(variables));
    command.addAll(List.of(launcher.toString(), "info"));
    return new ProcessBuilder(command).directory(directory.toFile()).start();
  }

  private static Outcome end(Process process) throws IOException, InterruptedException {
    String out = new String(process.getInputStream().readAllBytes());
    String err = new String(process.getErrorStream().readAllBytes());
    return new Outcome(process.waitFor(), out, err);
  }

  private static List<String> builds(Path checkout) throws IOException {
    return Files.readAllLines(checkout.resolve("builds"));
  }

  @Test
  void aJavaThatDoesNotRunIsSaid() throws Exception {
    script(directory.resolve("jdk/bin/java"), "echo 'Too small maximum heap' >&2; exit 1");
    Outcome outcome = end(start(checkout.resolve("flowmatching")));
    assertEquals(2, outcome.code());
    assertTrue(outcome.err().contains("Too small maximum heap\nerror: ") && outcome.err().contains("jdk/bin/java does not run"), outcome.err());
  }

  @Test
  void twoThatStartAtOnceBuildOnce() throws Exception {
    Process first = start(checkout.resolve("flowmatching"));
    Process second = start(checkout.resolve("flowmatching"));
    for (Process process : List.of(first, second)) {
      Outcome outcome = end(process);
      assertEquals(0, outcome.code(), outcome.err());
    }
    assertEquals(List.of("begin", "end"), builds(checkout));
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void aSignalEndsTheBuildToo(String signal) throws Exception {
    script(checkout.resolve("mvnw"), "echo begin >>builds; exec sleep 60");
    Process process = start(checkout.resolve("flowmatching"));
    while (!Files.exists(checkout.resolve("builds"))) {
      Thread.sleep(10);
    }
    assertEquals(0, new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor());
    assertTrue(process.waitFor(10, TimeUnit.SECONDS));
    assertEquals(signal.equals("INT") ? 130 : 143, process.exitValue());
    // It holds the lock for as long as it runs.
    assertEquals(0, new ProcessBuilder("flock", "-w", "10", checkout.resolve("pom.xml").toString(), "true").start().waitFor(), "it went on");
    try (var left = Files.list(directory)) {
      assertEquals(List.of("checkout", "jdk"), left.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"for [two] robots", "star*", "back\\slash"})
  void itBuildsOnceInADirectoryOfAnyName(String name) throws Exception {
    Path odd = checkout(name);
    for (int i = 0; i < 2; i++) {
      Outcome outcome = end(start(odd.resolve("flowmatching")));
      assertEquals(0, outcome.code(), outcome.err());
    }
    assertEquals(List.of("begin", "end"), builds(odd));
  }

  @ParameterizedTest
  @CsvSource({"pom.xml, 2", "src/ros/pom.xml, 2", ".mvn/maven.config, 2", "config/parameters.yaml, 2", "src/ros/java/flowmatching/Node.java, 2",
      "src/app/resources/page.js, 2", "src/ros/native/graph.cpp, 2", "src/ros/native/graph.h, 2", "src/ros/test/flowmatching/NodeTest.java, 1", "models/README.md, 1"})
  void itBuildsAgainAfterAChangeOfWhatIsInTheJars(String changed, int times) throws Exception {
    assertEquals(0, end(start(checkout.resolve("flowmatching"))).code());
    Path file = checkout.resolve(changed);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "changed");
    assertEquals(0, end(start(checkout.resolve("flowmatching"))).code());
    assertEquals(2 * times, builds(checkout).size());
  }

  /** As services of systemd have none, and mvnw wants one. */
  @Test
  void aBuildHasAHomeWhereTheEnvironmentHasNone() throws Exception {
    script(checkout.resolve("mvnw"), "echo \"$HOME\" >home; " + MAVEN);
    Process process = start(checkout.resolve("flowmatching"), "env", "-u", "HOME");
    assertEquals(0, end(process).code());
    assertEquals(List.of(System.getProperty("user.home")), Files.readAllLines(checkout.resolve("home")));
  }

  @Test
  void aDirectoryThatNoClassPathCanNameIsRefused() throws Exception {
    Path odd = checkout("robots:two");
    Outcome outcome = end(start(odd.resolve("flowmatching")));
    assertEquals(2, outcome.code());
    assertTrue(outcome.err().startsWith("error: ") && outcome.err().contains("':'"), outcome.err());
    assertFalse(Files.exists(odd.resolve("builds")));
  }

  @Test
  void aLinkOfAnyNameLeadsToTheCheckout() throws Exception {
    for (String name : List.of("bin/flowmatching", "lib/flowmatching/flowmatching")) {
      Path link = directory.resolve(name);
      Files.createDirectories(link.getParent());
      Files.createSymbolicLink(link, checkout.resolve("flowmatching"));
      Outcome outcome = end(start(link));
      assertEquals(0, outcome.code(), outcome.err());
      assertTrue(outcome.out().contains("-Dflowmatching.home=" + checkout.toRealPath()), outcome.out());
    }
  }

  @Test
  void whereItIsInstalledTheSearchPathOfDirectoriesIsNotFollowed() throws Exception {
    Path installed = directory.resolve("install/lib/flowmatching/flowmatching");
    Files.createDirectories(installed.getParent());
    Files.createDirectories(directory.resolve("install/share/flowmatching/java"));
    Files.copy(checkout.resolve("flowmatching"), installed, StandardCopyOption.COPY_ATTRIBUTES);
    Outcome outcome = end(start(directory.relativize(installed), "CDPATH=" + directory));
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().contains("-Dflowmatching.home=" + directory.toRealPath().resolve("install/share/flowmatching")), outcome.out());
  }

  /** In ASCII Java would know no other letters in arguments and names of files. */
  @Test
  void inALocaleOfAsciiJavaGetsUtf8() throws Exception {
    assertTrue(end(start(checkout.resolve("flowmatching"), "LC_ALL=C")).out().startsWith("C.UTF-8 "));
    assertTrue(end(start(checkout.resolve("flowmatching"), "LC_ALL=", "LANG=C.UTF-8")).out().startsWith(" "), "others stay");
  }

  /** Java asks the system: who has no name is at home in '?', a directory here, and a service's user often nowhere, whatever HOME says. */
  @Test
  void javaIsAtHomeWhereTheEnvironmentSays() throws Exception {
    String path = "PATH=" + directory.resolve("bin") + ":" + System.getenv("PATH");
    script(directory.resolve("bin/id"), "exit 1");
    assertTrue(end(start(checkout.resolve("flowmatching"), path, "HOME=/work")).out().contains(" -Duser.home=/work "));
    script(directory.resolve("bin/id"), "echo somebody");
    assertTrue(end(start(checkout.resolve("flowmatching"), path, "HOME=/work")).out().contains(" -Duser.home=/work "));
    assertTrue(end(start(checkout.resolve("flowmatching"), path, "HOME=")).out().contains(" -Duser.home=/ "));
  }

  /** Where /tmp is small: {@code bench} of a full-size configuration writes 680 MB of weights. */
  @Test
  void temporaryFilesGoWhereTheEnvironmentSays() throws Exception {
    end(start(checkout.resolve("flowmatching"), "TMPDIR=/tmp")); // builds
    assertTrue(end(start(checkout.resolve("flowmatching"))).out().contains(" -Djava.io.tmpdir=" + directory + " "));
    for (String variable : List.of("TMPDIR=" + directory.resolve("none"), "TMPDIR=")) {
      Outcome outcome = end(start(checkout.resolve("flowmatching"), variable));
      assertFalse(outcome.out().contains("java.io.tmpdir"), outcome.out());
    }
  }

  @Test
  void javaOfLateDoesNotWarnOfWhatLibrariesDo() throws Exception {
    assertFalse(end(start(checkout.resolve("flowmatching"))).out().contains("unsafe"), "Java 17 does not know the flag");
    script(directory.resolve("jdk/bin/java"), JAVA.replace("17.0.1", "25"));
    assertTrue(end(start(checkout.resolve("flowmatching"))).out().contains(" --sun-misc-unsafe-memory-access=allow "));
  }
}
