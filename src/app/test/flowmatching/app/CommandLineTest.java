package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.TestData;
import flowmatching.app.CommandLines.Outcome;
import flowmatching.app.report.HtmlReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Command;

/** How every command takes its line, and what it says of one that it cannot follow. */
class CommandLineTest {
  private static final String CHECKPOINT = TestData.path("golden_checkpoint/checkpoints/000003/pretrained_model").toString();
  private static final String DATASET = TestData.path("datasets/reach_v30_image").toString();

  @TempDir Path directory;

  static Stream<String> commands() {
    return Main.COMMANDS.stream().map(command -> command.getAnnotation(Command.class).name()).filter(name -> !name.equals("help"));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandExplainsItself(String command) {
    Outcome outcome = CommandLines.run(command, "--help");
    assertEquals(0, outcome.code());
    assertTrue(outcome.out().contains("Usage: flowmatching " + command), outcome.out());
  }

  @Test
  void withoutACommandItSaysWhatThereIs() {
    Outcome outcome = CommandLines.run();
    assertEquals(2, outcome.code());
    assertTrue(outcome.err().contains("predict"), outcome.err());
  }

  /** A line that begins with a command's name knows that command only. */
  @Test
  void aCommandIsFoundBehindAFlagAndByHelp() {
    Outcome behind = CommandLines.run("--debug", "info", CHECKPOINT);
    assertEquals(0, behind.code(), behind.err());
    assertEquals(CommandLines.run("info", CHECKPOINT).out(), behind.out());
    Outcome help = CommandLines.run("help", "run");
    assertEquals(0, help.code(), help.err());
    assertEquals(CommandLines.run("run", "--help").out(), help.out());
  }

  /** On a screen of 24 lines the flags that picocli lists would push the reason out of sight. */
  @ParameterizedTest
  @ValueSource(strings = {"run --params-file x", "run autostart:=true", "export CHECKPOINT", "eval --episodes=0,1", "dataset info", "predict --policy.paht=x", "--verson"})
  void aLineThatCannotBeReadIsAnsweredWithTheReasonAndWhereTheFlagsAre(String line) {
    Outcome outcome = CommandLines.run(line.split(" "));
    assertEquals(2, outcome.code());
    List<String> lines = outcome.err().lines().toList();
    assertTrue(lines.size() <= 3 && lines.get(0).startsWith("error: ") && lines.get(lines.size() - 1).endsWith(" --help' lists the flags"), outcome.err());
  }

  @Test
  void aMistypedFlagIsRefusedWithTheNearestKnownOne() {
    Outcome outcome = CommandLines.run("predict", "--policy.paht=x");
    assertEquals(2, outcome.code());
    assertTrue(outcome.err().contains("--policy.path"), outcome.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"info --policy.path=x", "export --policy.path=x --output=y", "dataset check --dataset.root=x", "hub download --policy.path=user/x"})
  void aFlagForWhatThisCommandTakesWithoutIsAnsweredSo(String line) {
    Outcome outcome = CommandLines.run(line.split(" "));
    assertEquals(2, outcome.code());
    assertTrue(outcome.err().lines().findFirst().orElse("").matches("error: .*; (DIR|NAME|DIR\\|CONFIG.*|CONFIG.*) is given without a flag"), outcome.err());
    assertFalse(CommandLines.run("info", CHECKPOINT.toString(), "--dataset.root=x").err().contains("without a flag"), "it was given");
  }

  @Test
  void theListOfCommandsHasAWholeSentenceOfEach() {
    for (Class<?> command : Main.COMMANDS) {
      assertTrue(command.getAnnotation(Command.class).description()[0].endsWith("."), command.getSimpleName());
    }
    assertTrue(CommandLines.run("--help").out().replaceAll("\\s+", " ").contains("(closed loop)"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      rnu                                              | error: there is no command 'rnu'; did you mean 'run'? There are demo, run, train,
      dataset inof                                     | error: there is no command 'inof'; did you mean 'info'? There are
      smoke                                            | error: there is no command 'smoke'; there are demo, run
      run --robot=so10                                 | found 'so10'; did you mean 'so101'? There are replay, gazebo_arm, metaworld, planar_arm, so101, ur5e_gripper
      run --robot=metaworld -p contrl_rate:=20         | error: -p contrl_rate: the node has no such parameter; did you mean 'control_rate'? There are
      """)
  void aMistypedNameIsAnsweredWithTheNearestInOneLine(String line, String expected) {
    Outcome outcome = CommandLines.run(line.split(" +"));
    assertEquals(2, outcome.code());
    assertTrue(outcome.err().startsWith("error: ") && outcome.err().contains(expected) && outcome.err().lines().count() == 1, outcome.err());
  }

  @Test
  void aDataSetsNameForItsDirectoryIsAnsweredWithTheFlagForNames() {
    Outcome outcome = CommandLines.run("eval", "--policy.path=" + CHECKPOINT, "--dataset.root=user/data");
    assertEquals(2, outcome.code());
    assertEquals("error: --dataset.root: there is no directory user/data; --dataset.repo_id=user/data names a data set of the hub", outcome.err().strip());
  }

  @Test
  void aRobotFileThatIsNotThereIsAnsweredWithTheNamesThatAre() {
    Outcome outcome = CommandLines.run("check-robot", "--robot=my/so10.yaml");
    assertEquals(2, outcome.code());
    assertTrue(outcome.err().startsWith("error: --robot: expected a robot file or a name in ") && outcome.err().contains("config/robots, found 'my/so10.yaml'; did you mean 'so101'? There are gazebo_arm"), outcome.err());
  }

  /** No shell makes a home of the ~ in --flag=~/x: it became a directory of that name here, in which DuckDB, which does, found nothing. */
  @Test
  void aPathBehindAFlagMayBeginAtHome() {
    String home = System.getenv("HOME");
    assertTrue(CommandLines.run("train", "--dataset.root=~/no/such").err().startsWith("error: " + home + "/no/such: "));
    assertTrue(CommandLines.run("run", "--robot=metaworld", "--policy.path=~/no/such").err().contains("no directory '" + home + "/no/such'"));
    assertTrue(CommandLines.run("train", "--dataset.root=~nobody/such").err().startsWith("error: ~nobody/such: "));
  }

  /** Found at the end, it would have cost the whole run; a device would have been replaced by a file. */
  @ParameterizedTest
  @ValueSource(strings = {"", "/", "DIR", "DIR/pipe"})
  void aReportThatCannotBeAFileIsRefusedBeforeAllWork(String place) throws Exception {
    assertEquals(0, new ProcessBuilder("mkfifo", directory.resolve("pipe").toString()).start().waitFor());
    String report = "--report=" + place.replace("DIR", directory.toString());
    for (String[] command : new String[][] {{"demo", "--episodes=1", report},
        {"run", "--robot=replay", "--policy.path=" + CHECKPOINT, "--dataset.root=" + DATASET, "--episode=3", report}}) {
      Outcome outcome = CommandLines.run(command);
      assertEquals(2, outcome.code(), outcome.err());
      assertTrue(outcome.err().contains("the report cannot be written there: expected a file, found a ") && outcome.out().isEmpty(), outcome.err());
    }
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(List.of(directory.resolve("pipe")), left.toList());
    }
  }

  @Test
  void twoProcessesMayPrepareOneReport() throws Exception {
    Path report = directory.resolve("report.html");
    List<CompletableFuture<Void>> all = IntStream.range(0, 2).mapToObj(i -> CompletableFuture.runAsync(() -> {
      for (int n = 0; n < 500; n++) {
        HtmlReport.prepare(report);
      }
    })).toList();
    CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get();
  }

  @ParameterizedTest
  @ValueSource(strings = {"new CHECKPOINT/config.json FILE/x", "new CHECKPOINT/config.json FILE", "dataset convert OLD FILE/x",
      "record --robot=planar_arm --expert --episodes=1 --output=FILE/x", "record --robot=planar_arm --expert --episodes=1 --output=FILE"})
  void aPlaceThatCannotBeWrittenIsBadInputAndNoInternalError(String line) throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    Outcome outcome = CommandLines.run(line.replace("FILE", file.toString()).replace("CHECKPOINT", CHECKPOINT)
        .replace("OLD", TestData.path("datasets/reach_v21_video").toString()).split(" "));
    assertEquals(2, outcome.code(), outcome.err());
    assertTrue(outcome.err().startsWith("error: " + file) && outcome.err().lines().count() == 1, outcome.err());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      record --robot=planar_arm --expert --output=OUT --fps=10             | --fps: expected 20
      record --robot=planar_arm --expert --output=OUT --episode_time_s=-3  | --episode_time_s: has no effect
      record --robot=planar_arm --expert --output=OUT --reset_time_s=1     | --reset_time_s: has no effect
      record --robot=planar_arm --expert --output=OUT --namespace=/left    | --namespace: has no effect
      record --robot=planar_arm --expert --output=OUT -p nonsense:=1       | -p: has no effect
      record --robot=so101 --task=x --output=OUT --seed=1                  | --seed: expected --expert
      record --robot=gazebo_arm --expert --output=OUT --reset_time_s=1     | --reset_time_s: has no effect
      run --robot=so101 --policy.path=CHECKPOINT --episode=3               | --episode: expected --robot=replay
      run --robot=so101 --policy.path=CHECKPOINT --dataset.root=no/such    | --dataset.root: expected --robot=replay
      record --robot=planar_arm --expert --output=                         | --output: expected a directory, found nothing
      new CHECKPOINT/config.json OUT --dataset.root=DATA --dataset.revision=x | --dataset.revision: expected --dataset.repo_id
      record --robot=replay --output=OUT                                   | --robot: expected a robot file or a name in
      eval --policy.path=CHECKPOINT --dataset.root=DATA --episodes=2       | --episodes: expected --robot
      eval --policy.path=CHECKPOINT --dataset.root=DATA --task=push        | --task: expected --robot
      eval --policy.path=CHECKPOINT --dataset.root=DATA --transport=dds    | --transport: expected --robot
      eval --robot=planar_arm --policy.path=CHECKPOINT --dataset.root=DATA | --dataset.root: has no effect with --robot
      eval --robot=planar_arm --policy.path=CHECKPOINT --dataset.episodes=1 | --dataset.episodes: has no effect with --robot
      eval --robot=planar_arm --policy.path=CHECKPOINT --stride=5          | --stride: has no effect with --robot
      eval --robot=planar_arm --policy.path=CHECKPOINT --batch=5           | --batch: has no effect with --robot
      eval --robot=planar_arm --policy.path=CHECKPOINT --report=OUT        | --report: has no effect with --robot
      eval --robot=planar_arm --policy.path=CHECKPOINT --transport=dds     | --transport: has no effect on the built-in arm
      eval --robot=gazebo_arm --policy.path=CHECKPOINT --task=push         | --task: has no effect on the arm in Gazebo
      bench CHECKPOINT --batch_size=2                                      | --batch_size: expected --training
      bench CHECKPOINT --policy.use_amp                                    | --policy.use_amp: expected --training
      bench CHECKPOINT --policy.device=cpu                                 | --policy.device: expected --training
      bench CHECKPOINT --peers.device=cpu                                  | --peers.device: expected --peers
      bench CHECKPOINT --training=1 --runs=3                               | --runs: has no effect with --training
      bench CHECKPOINT --training=1 --peers=pytorch                        | --peers: has no effect with --training
      bench CHECKPOINT --training=1 --growth                               | --growth: has no effect with --training
      bench CHECKPOINT --training=1 --report=OUT                           | --report: has no effect with --training
      """)
  void aFlagThatWouldHaveNoEffectIsRefused(String line, String expected) {
    Outcome outcome = CommandLines.run(line.replace("OUT", directory.resolve("out").toString()).replace("CHECKPOINT", CHECKPOINT).replace("DATA", DATASET).split(" +"));
    assertEquals(2, outcome.code(), outcome.err());
    assertTrue(outcome.err().startsWith("error: " + expected) && !outcome.err().contains("did you mean 'replay'"), outcome.err());
    assertFalse(Files.exists(directory.resolve("out")));
  }

  @Test
  void newWithoutADirectoryDoesNotWriteWhereItIsCalled() {
    Outcome outcome = CommandLines.run("new", directory.resolve("no.json").toString(), "");
    assertEquals(2, outcome.code());
    assertEquals("error: DIR: expected a directory, found nothing", outcome.err().strip());
  }

  @Test
  void rosArgumentsMayFollowEveryCommandAndWrongOnesAreRefused() throws IOException {
    assertEquals(0, CommandLines.run("info", CHECKPOINT, "--ros-args", "-r", "__ns:=/left", "--log-level", "info").code());
    for (String wrong : new String[] {"--ros-args -p no_such:=1", "--ros-args -p num_steps:=few", "--ros-args --params-file " + directory,
        "--ros-args -q", "--ros-args -r __ns:=left//arm", "-p control_rate:=0"}) {
      List<String> line = new ArrayList<>(List.of("run", "--robot=metaworld", "--policy.path=" + CHECKPOINT));
      line.addAll(List.of(wrong.split(" ")));
      Outcome outcome = CommandLines.run(line.toArray(new String[0]));
      assertEquals(2, outcome.code(), outcome.err());
      assertTrue(outcome.err().startsWith("error: ") && outcome.err().lines().count() == 1, outcome.err());
    }
  }

  @Test
  void aNamespaceThatIsNoneIsRefusedUnderTheNameOfItsFlag() {
    for (String wrong : List.of("a//b", "left", "/left/", "/1")) {
      Outcome outcome = CommandLines.run("run", "--robot=metaworld", "--policy.path=" + CHECKPOINT, "--namespace=" + wrong);
      assertEquals(2, outcome.code(), outcome.err());
      assertEquals("error: --namespace: expected / or names with a slash before each, such as /left/arm, found '" + wrong + "'", outcome.err().strip());
    }
  }

  @Test
  void parametersOfAFileReachTheReplayedRobotToo() throws IOException {
    Path file = directory.resolve("parameters.yaml");
    Files.writeString(file, "/**:\n  ros__parameters:\n    policy_path: " + CHECKPOINT + "\n    robot: replay\n    control_rate: 100\n");
    Outcome outcome = CommandLines.run("run", "--dataset.root=" + DATASET, "--episode=3", "--ros-args", "--params-file", file.toString());
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().contains("frames replayed"), outcome.out());
  }

  @Test
  void runWithoutRobotOrPolicySaysWhatIsMissing() {
    assertTrue(CommandLines.run("run", "--policy.path=" + CHECKPOINT).err().startsWith("error: --robot: expected "));
    String nowhere = "there is no directory 'outputs/nothing/checkpoints/last', which is " + Path.of("outputs/nothing/checkpoints/last").toAbsolutePath() + "\n";
    assertEquals("error: --policy.path: " + nowhere,
        CommandLines.run("run", "--robot=metaworld", "--policy.path=outputs/nothing/checkpoints/last").err());
    assertEquals("error: parameter policy_path: " + nowhere,
        CommandLines.run("run", "--robot=metaworld", "-p", "policy_path:=outputs/nothing/checkpoints/last").err());
    assertTrue(CommandLines.run("run", "--robot=metaworld").err().startsWith("error: --policy.path: expected "));
    assertTrue(CommandLines.run("predict", "--dataset.root=" + DATASET).err().startsWith("error: --policy.path: expected "));
  }

  /** Also where decimals have commas and digits are others. */
  @ParameterizedTest
  @ValueSource(strings = {"de-DE", "ar-EG-u-nu-arab"})
  void figuresAreWrittenAlikeInEveryLanguage(String language) throws IOException {
    List<String[]> lines = List.of(
        new String[] {"eval", "--policy.path=" + CHECKPOINT, "--dataset.root=" + DATASET, "--dataset.episodes=0", "--seed=1", "--threads=1"},
        new String[] {"info", CHECKPOINT},
        new String[] {"dataset", "info", DATASET, "--episodes"},
        new String[] {"conformance", CHECKPOINT},
        new String[] {"new", CHECKPOINT + "/config.json", directory.resolve("made").toString()});
    List<String> expected = lines.stream().map(line -> CommandLines.run(line).out()).toList();
    assertTrue(expected.get(4).contains(" parameters, random"), expected.get(4));
    Locale usual = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag(language));
    try {
      Files.delete(directory.resolve("made/model.safetensors"));
      assertEquals(expected, lines.stream().map(line -> CommandLines.run(line).out()).toList());
    } finally {
      Locale.setDefault(usual);
    }
  }

  @Test
  void aDirectoryInTheReportsPlaceIsRefusedBeforeTheWork() {
    Outcome outcome = CommandLines.run("eval", "--policy.path=" + CHECKPOINT, "--dataset.root=" + DATASET, "--dataset.episodes=0", "--report=" + directory);
    assertEquals(2, outcome.code(), outcome.err());
    assertEquals("", outcome.out());
    assertTrue(outcome.err().startsWith("error: " + directory), outcome.err());
  }

  @Test
  void aReportThatCannotBeWrittenIsRefusedBeforeTheWork() {
    Outcome outcome = CommandLines.run("eval", "--policy.path=none", "--dataset.root=none", "--report=" + CHECKPOINT + "/config.json/x.html");
    assertEquals(2, outcome.code());
    assertTrue(outcome.err().contains("the report cannot be written there"), outcome.err());
  }

  @Test
  void badInputIsOneLineWithoutAStackTraceUnlessDebugIsAsked() {
    Outcome outcome = CommandLines.run("predict", "--policy.path=" + directory.resolve("none"), "--dataset.root=" + DATASET);
    assertEquals(2, outcome.code());
    assertEquals(1, outcome.err().lines().filter(line -> line.contains("error: ")).count(), outcome.err());
    assertFalse(outcome.err().contains("\tat "), outcome.err());
    Outcome debug = CommandLines.run("predict", "--debug", "--policy.path=" + directory.resolve("none"), "--dataset.root=" + DATASET);
    assertTrue(debug.err().contains("\tat "), debug.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--episode=99", "--frame=-1", "--frame=28", "--format=xml", "--solver=rk4", "--threads=0", "--policy.num_steps=-1", "--normalization=maybe"})
  void impossibleValuesOfFlagsAreRefused(String flag) {
    Outcome outcome = CommandLines.run("predict", "--policy.path=" + CHECKPOINT, "--dataset.root=" + DATASET, flag);
    assertEquals(2, outcome.code(), flag + ": " + outcome.err());
  }
}
