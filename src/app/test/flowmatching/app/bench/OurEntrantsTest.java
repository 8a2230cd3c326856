package flowmatching.app.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import flowmatching.runtime.RuntimeOptions;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class OurEntrantsTest {
  @Test
  void everyOptionOfTheRuntimeReachesItsProcess() {
    OurEntrants entrants = new OurEntrants(new RuntimeOptions(3, true).withDeviceMemory(512), 640, 480, false);
    List<String> command = entrants.of("onnxruntime").get(0).process().apply(Path.of("checkpoint"), Path.of("inputs")).command();
    List<String> expected = List.of(RuntimeMain.class.getName(), "onnxruntime", "checkpoint", "inputs", "3", "true", "512", "640", "480");
    assertEquals(expected, command.subList(command.size() - expected.size(), command.size()));
  }
}
