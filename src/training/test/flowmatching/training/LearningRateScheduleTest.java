package flowmatching.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import flowmatching.BadInputException;
import flowmatching.training.LearningRateSchedule.Constant;
import flowmatching.training.LearningRateSchedule.CosineDecayWithWarmup;
import org.junit.jupiter.api.Test;

class LearningRateScheduleTest {
  @Test
  void theCosineIsLeRobots() {
    // Of lerobot 0.6.1: CosineDecayWithWarmupSchedulerConfig(5, 100, 1e-4, 1e-6).build(optimizer, 1000), in golden_checkpoint too.
    CosineDecayWithWarmup schedule = new CosineDecayWithWarmup(5, 100, 1e-4, 1e-6).fittedTo(1000);
    double[] expected = {1 / 6.0, 1 / 3.0, 0.5, 2 / 3.0, 5 / 6.0, 0.9939057285945933};
    for (int step = 0; step < expected.length; step++) {
      assertEquals(expected[step], schedule.factor(step), 1e-12, "step " + step);
    }
    assertEquals(0.505, schedule.factor(50), 1e-12);
    assertEquals(0.01, schedule.factor(100), 1e-12);
    assertEquals(0.01, schedule.factor(999), 1e-12);
  }

  @Test
  void aShortRunSqueezesTheWholeCurveIntoItself() {
    CosineDecayWithWarmup schedule = new CosineDecayWithWarmup(10, 100, 1, 0);
    assertEquals(new CosineDecayWithWarmup(3, 35, 1, 0), schedule.fittedTo(35));
    assertEquals(schedule, schedule.fittedTo(100));
  }

  @Test
  void theConstantOneRisesFromZeroAsLeRobotsDoes() {
    assertEquals(0, new Constant(4).factor(0));
    assertEquals(0.75, new Constant(4).factor(3));
    assertEquals(1, new Constant(4).factor(4));
    assertEquals(1, new Constant().factor(0));
  }

  @Test
  void valuesOutOfRangeAreRefusedByTheirFlag() {
    BadInputException e = assertThrows(BadInputException.class, () -> new CosineDecayWithWarmup(1, 2, 1e-4, 1e-3));
    assertEquals("scheduler.decay_lr: expected 0 to peak_lr = 1.0E-4, found 0.001", e.getMessage());
    assertThrows(BadInputException.class, () -> new CosineDecayWithWarmup(-1, 2, 1, 0));
    assertThrows(BadInputException.class, () -> new CosineDecayWithWarmup(0, 0, 1, 0));
    assertThrows(BadInputException.class, () -> new Constant(-1));
  }
}
