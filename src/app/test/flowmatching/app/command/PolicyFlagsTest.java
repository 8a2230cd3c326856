package flowmatching.app.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import flowmatching.app.robot.FlowMatchingLoader;
import flowmatching.ros.parameter.Parameters;
import flowmatching.runtime.RuntimeOptions;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class PolicyFlagsTest {
  @Command
  private static final class Line {
    @Mixin private PolicyFlags flags;
  }

  @Test
  void everyFlagOfTheRuntimeReachesThePolicy() {
    Line line = CommandLine.populateCommand(new Line(), "--runtime=onnxruntime-cuda", "--threads=3", "--spinning", "--device_memory=512");
    var options = FlowMatchingLoader.options(Parameters.with(line.flags.parameters()));
    assertEquals("onnxruntime-cuda", options.runtime());
    assertEquals(new RuntimeOptions(3, true).withDeviceMemory(512), options.machine());
  }
}
