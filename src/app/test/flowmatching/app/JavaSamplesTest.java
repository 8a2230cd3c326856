package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.TestData;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the pages show of Java compiles. */
class JavaSamplesTest {
  /** What a sample may take as given: imports, and what its reader has. */
  private static final String AROUND = """
      import flowmatching.hub.*;
      import flowmatching.image.*;
      import flowmatching.policy.*;
      import java.nio.file.*;
      import java.util.*;
      class Sample {
        RgbImage image;
        float[] state;
        Observation observation;
        void run() throws Exception {
      %s
        }
      }
      """;

  @TempDir Path classes;

  @Test
  void everySampleCompiles() throws IOException {
    int samples = 0;
    for (Path page : pages()) {
      Matcher sample = Pattern.compile("^```java\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL).matcher(Files.readString(page));
      while (sample.find()) {
        samples++;
        assertEquals("", errors(AROUND.formatted(sample.group(1))), page.toString());
      }
    }
    assertTrue(samples >= 2, "found " + samples + " samples");
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.list(TestData.home().resolve("docs"))) {
      return Stream.concat(Stream.of(TestData.home().resolve("README.md")), docs.filter(file -> file.toString().endsWith(".md"))).toList();
    }
  }

  private String errors(String source) {
    StringWriter out = new StringWriter();
    JavaFileObject file = new SimpleJavaFileObject(URI.create("string:///Sample.java"), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return source;
      }
    };
    List<String> options = List.of("-proc:none", "-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
    boolean compiled = ToolProvider.getSystemJavaCompiler().getTask(out, null, null, options, null, List.of(file)).call();
    return compiled ? "" : out.toString();
  }
}
