package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.TestData;
import flowmatching.app.command.InfoCommand;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** Documents that come from the code say what the code says. */
class DocumentsTest {
  @Test
  void configurationListsEveryFieldAsTheCodeReadsIt() throws IOException {
    String page = Files.readString(TestData.home().resolve("docs/configuration.md"));
    assertTrue(page.contains(InfoCommand.fieldsTable()), "docs/configuration.md is out of date; replace its table by: ./flowmatching info --fields");
  }

  @Test
  void theReadmeHasARowForEachCommand() throws IOException {
    String page = Files.readString(TestData.home().resolve("README.md"));
    for (Class<?> command : Main.COMMANDS) {
      String row = "\n| `" + command.getAnnotation(Command.class).name() + "` | ";
      assertTrue(page.contains(row) || command == HelpCommand.class, "README.md: expected a row '" + row.strip() + "'");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"src/core/java/flowmatching/control", "src/ros/java/flowmatching/ros/node"})
  void topicsSaysWhatEachCounterOfTheNodeCounts(String sources) throws IOException {
    String page = Files.readString(TestData.home().resolve("docs/topics.md"));
    List<String> counters = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(TestData.home().resolve(sources), "*.java")) {
      for (Path file : files) {
        Pattern.compile("named\\(\"([a-z_.]*[a-z])\"\\)").matcher(Files.readString(file)).results().forEach(found -> counters.add(found.group(1)));
      }
    }
    assertFalse(counters.isEmpty());
    assertEquals(List.of(), counters.stream().filter(counter -> !page.contains("`" + counter + "`")).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"policy", "replay", "record", "gazebo", "train"})
  void everyArgumentOfALaunchFileIsDocumentedWithItsDefault(String name) throws IOException {
    String file = Files.readString(TestData.home().resolve("launch/" + name + ".launch.py"));
    String pages = Files.readString(TestData.home().resolve("docs/launch.md"));
    int start = pages.indexOf("## " + name + ".launch.py");
    String page = pages.substring(start, pages.indexOf("\n## ", start));
    List<String> declared = new ArrayList<>();
    Matcher argument = Pattern.compile("DeclareLaunchArgument\\(\\s*'([\\w.]+)',(?:\\s*default_value='(\\w*)')?").matcher(file);
    while (argument.find()) {
      String value = argument.group(2) == null || argument.group(2).isEmpty() ? "" : "`" + argument.group(2) + "` ";
      declared.add("| `" + argument.group(1) + "` | " + value + "| ");
    }
    List<String> documented = page.lines().filter(line -> line.startsWith("| `")).toList();
    assertEquals(declared.size(), documented.size());
    for (int i = 0; i < declared.size(); i++) {
      assertTrue(documented.get(i).startsWith(declared.get(i)), declared.get(i) + " is not " + documented.get(i));
    }
  }
}
