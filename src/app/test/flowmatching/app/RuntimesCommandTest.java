package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.TestData;
import flowmatching.app.CommandLines.Outcome;
import flowmatching.runtime.RuntimeProvider;
import flowmatching.runtime.Runtimes;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RuntimesCommandTest {
  private static final String POLICY = "--policy.path=" + TestData.path("golden_checkpoint/checkpoints/000003/pretrained_model");
  private static final String DATASET = "--dataset.root=" + TestData.path("datasets/reach_v30_image");

  @Test
  void eachRuntimeIsTriedOnRecordedObservationsOrSaysWhyNot() {
    Outcome outcome = CommandLines.run("runtimes", POLICY, DATASET, "--observations=3", "--threads=1");
    assertEquals(0, outcome.code(), outcome.err());
    for (RuntimeProvider provider : Runtimes.all()) {
      String line = outcome.out().lines().filter(each -> each.startsWith(provider.name() + " ")).findFirst().orElseThrow();
      String wanted = provider.probe().usable() ? "\\S+ +\\d+\\.\\d +\\d\\.\\de[-+]\\d+ +\\d\\.\\de[-+]\\d+" : "\\S+ +no: .+";
      assertTrue(line.matches(wanted), line);
    }
  }

  /** No other computes float32's chunks to the last bit. */
  @Test
  void theFastestIsSoughtAmongThoseThatAreExactEnough() {
    Outcome outcome = CommandLines.run("runtimes", POLICY, DATASET, "--observations=2", "--tolerance=0");
    assertTrue(outcome.out().contains("error of at most 0.0: --runtime=onnxruntime,"), outcome.out() + outcome.err());
  }

  @Test
  void theFastestOfThoseWithinTheToleranceIsNamed() {
    RuntimeTrial exact = new RuntimeTrial("exact", null, 100, 0, 0);
    RuntimeTrial quick = new RuntimeTrial("quick", null, 20, 0.008, 0.02);
    RuntimeTrial wrong = new RuntimeTrial("wrong", null, 1, 0.5, 0.9);
    RuntimeTrial absent = new RuntimeTrial("absent", "it has no driver", Double.NaN, Double.NaN, Double.NaN);
    List<RuntimeTrial> trials = List.of(exact, wrong, quick, absent);
    assertEquals(Optional.of(quick), RuntimeTrial.fastest(trials, 0.01));
    assertEquals(Optional.of(exact), RuntimeTrial.fastest(trials, 0.001));
    assertEquals(Optional.empty(), RuntimeTrial.fastest(List.of(wrong, absent), 0.01));
  }

  @Test
  void aDataSetAloneOrNothingToTryIsRefused() {
    assertTrue(CommandLines.run("runtimes", DATASET).err().startsWith("error: --policy.path: expected a checkpoint"));
    assertTrue(CommandLines.run("runtimes", POLICY).err().startsWith("error: --dataset.root or --dataset.repo_id: expected a data set"));
    assertTrue(CommandLines.run("runtimes", POLICY, DATASET, "--observations=0").err().startsWith("error: --observations"));
  }
}
