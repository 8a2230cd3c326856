package flowmatching.policy;

import flowmatching.BadInputException;
import flowmatching.flow.RealTimeChunking.Schedule;
import flowmatching.flow.Solver;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.Runtimes;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How a policy is run; nothing here changes what it was trained to do.
 *
 * @param runtime name of the runtime, or {@code auto}
 * @param machine threads and their behaviour
 * @param solver how the flow is integrated
 * @param numSteps integration steps, 1 to 1000, looked at where a policy is opened; absent: the checkpoint's
 * @param normalize whether the checkpoint's statistics are used; false feeds and returns the network's own values
 * @param seed of the noise; absent: another sequence each time
 * @param rtc how Real-Time Chunking's pull fades after the inference delay, null to start each chunk anew
 * @param maxGuidanceWeight bound of that pull; never more than the steps
 */
public record PolicyOptions(
    String runtime, RuntimeOptions machine, Solver solver, OptionalInt numSteps, boolean normalize, OptionalLong seed, Schedule rtc,
    double maxGuidanceWeight) {
  private static final double MAX_GUIDANCE_WEIGHT = 10;

  public PolicyOptions {
    if (!(maxGuidanceWeight >= 0)) {
      throw new BadInputException("max_guidance_weight: expected at least 0, found " + maxGuidanceWeight);
    }
  }

  /** The best runtime here, the checkpoint's steps and statistics, no guidance. */
  public static PolicyOptions defaults() {
    return new PolicyOptions(
        Runtimes.AUTO, RuntimeOptions.defaults(), Solver.EULER, OptionalInt.empty(), true, OptionalLong.empty(), null, MAX_GUIDANCE_WEIGHT);
  }

  public PolicyOptions withRuntime(String name) {
    return new PolicyOptions(name, machine, solver, numSteps, normalize, seed, rtc, maxGuidanceWeight);
  }

  public PolicyOptions withMachine(RuntimeOptions options) {
    return new PolicyOptions(runtime, options, solver, numSteps, normalize, seed, rtc, maxGuidanceWeight);
  }

  public PolicyOptions withSolver(Solver method) {
    return new PolicyOptions(runtime, machine, method, numSteps, normalize, seed, rtc, maxGuidanceWeight);
  }

  public PolicyOptions withNumSteps(int steps) {
    return new PolicyOptions(runtime, machine, solver, OptionalInt.of(steps), normalize, seed, rtc, maxGuidanceWeight);
  }

  public PolicyOptions withoutNormalization() {
    return new PolicyOptions(runtime, machine, solver, numSteps, false, seed, rtc, maxGuidanceWeight);
  }

  public PolicyOptions withSeed(long value) {
    return new PolicyOptions(runtime, machine, solver, numSteps, normalize, OptionalLong.of(value), rtc, maxGuidanceWeight);
  }

  public PolicyOptions withRealTimeChunking(Schedule schedule, double maximumWeight) {
    return new PolicyOptions(runtime, machine, solver, numSteps, normalize, seed, schedule, maximumWeight);
  }
}
