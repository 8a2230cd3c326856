package flowmatching.ros.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.ros.graph.GraphNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RosArgumentsTest {
  private static final GraphNames NAMES = GraphNames.of("/left", "policy");

  @TempDir
  private Path folder;

  private static RosArguments parse(String line) {
    return RosArguments.parse(line.isEmpty() ? List.of() : Arrays.asList(line.split(" ")));
  }

  private static Map<String, Object> parameters(String line) {
    return parse(line).parameters(NAMES, ParameterFile.shipped());
  }

  private Map<String, Object> file(String... lines) throws IOException {
    return parameters("--ros-args --params-file " + write(lines));
  }

  private Path write(String... lines) throws IOException {
    return Files.write(Files.createTempFile(folder, "parameters", ".yaml"), List.of(lines));
  }

  private static void refuses(String reason, Runnable action) {
    String found = assertThrows(BadInputException.class, action::run).getMessage();
    assertTrue(found.contains(reason), found);
  }

  @Test
  void namesAndRemappingsAreTaken() {
    GraphNames names = parse("--ros-args -r __ns:=/left -r __node:=arm -r image:=/camera/image --remap arm:~/out:=out")
        .names("/", "policy");
    assertEquals("/left/arm", names.fullName());
    assertEquals("/camera/image", names.resolve("image"));
    assertEquals("/left/out", names.resolve("~/out"));
  }

  @Test
  void withoutArgumentsEverythingIsAsTheProgramSays() {
    RosArguments none = parse("");
    assertEquals(GraphNames.of("/", "policy"), none.names("/", "policy"));
    assertEquals(Map.of(), none.parameters(NAMES, ParameterFile.shipped()));
    assertEquals(Optional.empty(), none.logLevel());
  }

  @Test
  void rulesForAnotherNodeDoNotRenameThisOne() {
    GraphNames names = parse("--ros-args -r other:__node:=arm -r policy:__ns:=/left").names("/", "policy");
    assertEquals("/left/policy", names.fullName());
  }

  @Test
  void aNamespaceForANodeGoesByItsNewName() {
    assertEquals("/left/arm", parse("--ros-args -r __node:=arm -r arm:__ns:=/left").names("/", "policy").fullName());
    assertEquals("/arm", parse("--ros-args -r __node:=arm -r policy:__ns:=/left").names("/", "policy").fullName());
  }

  @Test
  void theFirstNameCounts() {
    assertEquals("one", parse("--ros-args -r __node:=one -r __name:=two -r __node:=three").names("/", "policy").node());
  }

  @Test
  void whatIsNotForRosIsGivenBack() {
    RosArguments parsed = parse("run --robot=r --ros-args -p num_steps:=5 -- --report x --ros-args --log-level WARN");
    assertEquals(List.of("run", "--robot=r", "--report", "x"), parsed.rest());
    assertEquals(Optional.of("warn"), parsed.logLevel());
    assertEquals(Map.of("num_steps", 5L), parsed.parameters(NAMES, ParameterFile.shipped()));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "5|java.lang.Long|5", "-1|java.lang.Long|-1", "0x10|java.lang.Long|16", "5.0|java.lang.Double|5.0",
    "1e-3|java.lang.Double|0.001", ".inf|java.lang.Double|Infinity", "-.inf|java.lang.Double|-Infinity",
    ".nan|java.lang.Double|NaN", "true|java.lang.Boolean|true", "False|java.lang.Boolean|false", "yes|java.lang.Boolean|true",
    "off|java.lang.Boolean|false", "heun|java.lang.String|heun", "\"5\"|java.lang.String|5", "'\"true\"'|java.lang.String|true",
    "/a/b c|java.lang.String|/a/b c"
  })
  void valuesHaveTheTypeThatTheyAreWrittenLike(String text, String type, String value) {
    Object read = ParameterYaml.read("-p x", text);
    assertEquals(type, read.getClass().getName());
    assertEquals(value, read.toString());
  }

  @Test
  void emptyTextsAndListsAreValuesToo() {
    assertEquals("", ParameterYaml.read("-p x", ""));
    assertEquals("", ParameterYaml.read("-p x", "''"));
    assertEquals(List.of(1L, 2.5, "a"), ParameterYaml.read("-p x", "[1, 2.5, a]"));
  }

  @Test
  void parametersOfALineAreTakenInOrder() {
    assertEquals(Map.of("num_steps", 7L, "shadow", true, "control_rate", 25.0),
        parameters("--ros-args -p num_steps:=5 -p shadow:=true --param num_steps:=7 -p control_rate:=25"));
    assertEquals(Map.of("num_steps", 5L), parameters("--ros-args -p policy:num_steps:=5 -p other:num_steps:=6"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/**", "/left/policy", "/*/policy", "/**/policy", "/left/**", "/left/*", "left/policy"})
  void aSectionIsForTheNodesThatItsNameMatches(String section) throws IOException {
    assertEquals(Map.of("num_steps", 5L), file(section + ":", "  ros__parameters:", "    num_steps: 5"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"policy", "/policy", "/*", "/right/policy", "/left/policy/x", "/**/left"})
  void aSectionIsNotForOthers(String section) throws IOException {
    assertEquals(Map.of(), file(section + ":", "  ros__parameters:", "    num_steps: 5"));
  }

  @Test
  void sectionsAndNamesMayBeNested() throws IOException {
    assertEquals(Map.of("shadow", true), file("left:", "  policy:", "    ros__parameters:", "      shadow: true"));
    Path file = write("/**:", "  ros__parameters:", "    a: {b: 1, c: {d: x}}");
    List<ParameterOverride> overrides = ParameterOverride.read("f", file);
    assertEquals(List.of("a.b", "a.c.d"), overrides.stream().map(ParameterOverride::name).toList());
  }

  @Test
  void whatIsForThisNodeAloneCountsMoreThanWhatIsForSeveral() throws IOException {
    assertEquals(Map.of("num_steps", 3L, "shadow", true), file(
        "/left/policy:", "  ros__parameters:", "    num_steps: 3",
        "/left/*:", "  ros__parameters:", "    num_steps: 2",
        "/**:", "  ros__parameters:", "    num_steps: 1", "    shadow: true"));
  }

  @Test
  void laterFilesAndFlagsCountMoreThanEarlierOnes() throws IOException {
    Path first = write("/left/policy:", "  ros__parameters: {num_steps: 1, shadow: true}");
    Path second = write("/**:", "  ros__parameters: {num_steps: 2}");
    assertEquals(Map.of("num_steps", 2L, "shadow", true),
        parameters("--ros-args --params-file " + first + " --params-file " + second));
    assertEquals(Map.of("num_steps", 9L, "shadow", true),
        parameters("--ros-args --params-file " + first + " -p num_steps:=9"));
  }

  @Test
  void aFileForAllNodesMayHoldWhatOnlyOthersKnow() throws IOException {
    assertEquals(Map.of("shadow", true), file("/**:", "  ros__parameters: {shadow: true, speed: 5}"));
    Path own = write("/left/policy:", "  ros__parameters: {speed: 5}");
    refuses("/left/policy speed: the node has no such parameter", () -> parameters("--ros-args --params-file " + own));
    refuses("-p speed: the node has no such parameter", () -> parameters("--ros-args -p speed:=5"));
  }

  @Test
  void valuesOfTheWrongTypeOrOutOfRangeAreRefused() throws IOException {
    refuses("-p shadow: parameter shadow must be of type bool, found integer '1'", () -> parameters("--ros-args -p shadow:=1"));
    refuses("-p fade_ms: parameter fade_ms must be 0.0 to 10000.0, found 'NaN'", () -> parameters("--ros-args -p fade_ms:=.nan"));
    refuses("must be of type double, found list '[1]'", () -> parameters("--ros-args -p fade_ms:=[1]"));
    Path file = write("/**:", "  ros__parameters: {num_steps: -1}");
    refuses(file + ": /** num_steps: parameter num_steps must be 0 to 1000",
        () -> parameters("--ros-args --params-file " + file));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "-r|-r: expected a value", "-r image|-r: expected from:=to, found 'image'", "-r image:=|expected from:=to",
    "-p num_steps=5|-p: expected name:=value, found 'num_steps=5'", "-p :=5|-p: expected name:=value",
    "-p a-b:x:=5|-p x: '/**/a-b' is no name of a node",
    "--params-file|--params-file: expected a value", "--params-file nowhere.yaml|--params-file nowhere.yaml: cannot be read",
    "--log-level loud|--log-level: expected debug, info, warn, error or fatal, found 'loud'",
    "--speed 5|--ros-args: expected -r, -p, --params-file or --log-level, found '--speed'",
    "-p x:=[1|-p x: cannot be read as YAML", "-p x:={a:1}|-p x: expected a value"
  })
  void aMistakeIsNamed(String line, String reason) {
    refuses(reason, () -> parse("--ros-args " + line));
  }

  @Test
  void namesThatAreNoneAreRefused() {
    refuses("-r: ROS namespace is not valid: 'left'", () -> parse("--ros-args -r __ns:=left").names("/", "policy"));
    refuses("-r: ROS remapping is not valid: '1:=2'", () -> parse("--ros-args -r 1:=2").names("/", "policy"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "num_steps: 5|/num_steps: expected a node's name", "ros__parameters: {a: 1}|ros__parameters belongs below the name of a node",
    "5|expected names of nodes", "a b: {ros__parameters: {}}|/a b' is no name of a node",
    "policy: {ros__parameters: 5}|/policy/ros__parameters: expected", "a: {b: [|cannot be read as YAML (line ",
    "a: {ros__parameters: {x: 1, x: 2}}|Duplicate", "a: {ros__parameters: {x: &b 1, y: *b}}|aliases are not allowed, found '*b'",
    "a: {ros__parameters: {x: 99999999999999999999}}|expected a whole number of 64 bits"
  })
  void aMistakeInAFileIsNamedWithTheFile(String text, String reason) throws IOException {
    Path file = write(text);
    refuses(file.toString(), () -> parse("--ros-args --params-file " + file));
    refuses(reason, () -> parse("--ros-args --params-file " + file));
  }

  @Test
  void aSecondDocumentIsRefusedBecauseItsValuesWouldBeLost() throws IOException {
    Path file = write("/**:", "  ros__parameters: {num_steps: 5}", "---", "/**:", "  ros__parameters: {max_velocity_scaling_factor: 0.1}");
    refuses(file + ": expected one YAML document, found another", () -> parse("--ros-args --params-file " + file));
    assertEquals(Map.of("num_steps", 5L), file("---", "/**:", "  ros__parameters: {num_steps: 5}", "..."));
  }

  @Test
  void logArgumentsOfRosAreUnderstoodAndAnEmptyFileHoldsNothing() throws IOException {
    assertEquals(List.of(), parse("--ros-args --disable-rosout-logs --log-config-file x --enable-stdout-logs").rest());
    assertEquals(Map.of(), file("/**:", "  ros__parameters: {}"));
  }
}
