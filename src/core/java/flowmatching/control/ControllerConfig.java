package flowmatching.control;

import flowmatching.BadInputException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * How a controller behaves; immutable. {@link PolicyController#retune} swaps it at run time: limits, gripper thresholds,
 * {@code controlRate}, {@code executionHorizon}, {@code fade}, {@code approachSpeed}, {@code policyTimeout} and {@code shadow}
 * may then differ, the rest is fixed.
 *
 * @param dimensions the values of a command, in the order of the policy's actions
 * @param controlRate commands a second, above 0 and at most 10000
 * @param actionRate actions of a chunk a second; absent where the policy says it
 * @param executionHorizon actions used of a chunk before the next is due, 0 for half the chunk
 * @param fade how long the old chunk fades into the new one, 0 for a hard seam
 * @param approachSpeed share of {@code maxVelocity}, above 0 and at most 1, until a joint that sets out from rest has met the policy;
 *     without a {@code maxVelocity} there is no approach, the first command is sent as it is
 * @param defaultMaxAge how old a sample of a stream may be
 * @param maxAges the same for single streams, by camera key or {@code observation.state}
 * @param policyTimeout how long the queue may be empty before the controller says that it is holding
 * @param shadow do everything but publish
 * @param autostart become active when configured
 * @param useSimTime ticks follow {@link PolicyController#onClock}
 * @param rearmAfterClockJump stay active when simulated time jumps back
 */
public record ControllerConfig(
    List<ActionDimension> dimensions,
    double controlRate,
    OptionalDouble actionRate,
    int executionHorizon,
    Duration fade,
    double approachSpeed,
    Duration defaultMaxAge,
    Map<String, Duration> maxAges,
    Duration policyTimeout,
    boolean shadow,
    boolean autostart,
    boolean useSimTime,
    boolean rearmAfterClockJump) {
  /** @throws BadInputException where a value is out of range or two joints share a name */
  public ControllerConfig {
    dimensions = List.copyOf(dimensions);
    maxAges = Map.copyOf(maxAges);
    if (dimensions.isEmpty()) {
      throw new BadInputException("a controller needs at least one action dimension");
    }
    Set<String> names = new HashSet<>();
    for (ActionDimension dimension : dimensions) {
      if (!names.add(dimension.name())) {
        throw new BadInputException("two action dimensions are called " + dimension.name());
      }
    }
    requireRate("control_rate", controlRate);
    if (actionRate.isPresent()) {
      requireRate("action_rate", actionRate.getAsDouble());
    }
    if (executionHorizon < 0) {
      throw new BadInputException("execution_horizon must be 0 (half the chunk) or more, found " + executionHorizon);
    }
    if (fade.isNegative()) {
      throw new BadInputException("fade must not be negative, found " + fade);
    }
    if (!(approachSpeed > 0 && approachSpeed <= 1)) {
      throw new BadInputException("approach_speed must be above 0 and at most 1, found " + approachSpeed);
    }
    requirePositive("max_age", defaultMaxAge);
    maxAges.forEach((stream, age) -> requirePositive("max_age of " + stream, age));
    requirePositive("policy_timeout", policyTimeout);
  }

  /** Starts from the defaults: 50 commands a second, half the chunk, 100 ms fade, half speed, 0.5 s, 5 s, all switches off. */
  public static Builder builder(List<ActionDimension> dimensions) {
    return new Builder(dimensions);
  }

  /** How old a sample of {@code stream} may be. */
  public Duration maxAge(String stream) {
    return maxAges.getOrDefault(stream, defaultMaxAge);
  }

  /** Nanoseconds between two commands. */
  long period() {
    return Math.round(1e9 / controlRate);
  }

  /** @throws BadInputException naming the first parameter that differs and may not differ at run time */
  void requireSameFixedParts(ControllerConfig other) {
    requireSame("the number of joints", dimensions.size(), other.dimensions.size());
    for (int i = 0; i < dimensions.size(); i++) {
      ActionDimension mine = dimensions.get(i);
      ActionDimension theirs = other.dimensions.get(i);
      requireSame("the name of joint " + i, mine.name(), theirs.name());
      requireSame("the kind of joint " + mine.name(), mine.kind(), theirs.kind());
      requireSame("the state index of joint " + mine.name(), mine.stateIndex(), theirs.stateIndex());
    }
    requireSame("action_rate", actionRate, other.actionRate);
    requireSame("max_age", defaultMaxAge, other.defaultMaxAge);
    requireSame("max_age", maxAges, other.maxAges);
    requireSame("autostart", autostart, other.autostart);
    requireSame("use_sim_time", useSimTime, other.useSimTime);
    requireSame("rearm_after_clock_jump", rearmAfterClockJump, other.rearmAfterClockJump);
  }

  private static void requireSame(String what, Object now, Object wanted) {
    if (!now.equals(wanted)) {
      throw new BadInputException(what + " cannot change while the controller exists: it is " + now + ", asked for " + wanted);
    }
  }

  private static void requireRate(String name, double rate) {
    if (!(rate > 0 && rate <= 10_000)) {
      throw new BadInputException(name + " must be above 0 and at most 10000 a second, found " + rate);
    }
  }

  private static void requirePositive(String name, Duration duration) {
    if (duration.isNegative() || duration.isZero()) {
      throw new BadInputException(name + " must be positive, found " + duration);
    }
  }

  /** Sets what differs from the defaults, under the names of {@link ControllerConfig}; {@link #build} checks the ranges. */
  public static final class Builder {
    private final List<ActionDimension> dimensions;
    private double controlRate = 50;
    private OptionalDouble actionRate = OptionalDouble.empty();
    private int executionHorizon;
    private Duration fade = Duration.ofMillis(100);
    private double approachSpeed = 0.5;
    private Duration defaultMaxAge = Duration.ofMillis(500);
    private Map<String, Duration> maxAges = Map.of();
    private Duration policyTimeout = Duration.ofSeconds(5);
    private boolean shadow;
    private boolean autostart;
    private boolean useSimTime;
    private boolean rearmAfterClockJump;

    private Builder(List<ActionDimension> dimensions) {
      this.dimensions = dimensions;
    }

    public Builder controlRate(double perSecond) {
      controlRate = perSecond;
      return this;
    }

    public Builder actionRate(double perSecond) {
      actionRate = OptionalDouble.of(perSecond);
      return this;
    }

    public Builder executionHorizon(int actions) {
      executionHorizon = actions;
      return this;
    }

    public Builder fade(Duration duration) {
      fade = duration;
      return this;
    }

    public Builder approachSpeed(double share) {
      approachSpeed = share;
      return this;
    }

    public Builder defaultMaxAge(Duration age) {
      defaultMaxAge = age;
      return this;
    }

    public Builder maxAges(Map<String, Duration> byStream) {
      maxAges = byStream;
      return this;
    }

    public Builder policyTimeout(Duration duration) {
      policyTimeout = duration;
      return this;
    }

    public Builder shadow(boolean on) {
      shadow = on;
      return this;
    }

    public Builder autostart(boolean on) {
      autostart = on;
      return this;
    }

    public Builder useSimTime(boolean on) {
      useSimTime = on;
      return this;
    }

    public Builder rearmAfterClockJump(boolean on) {
      rearmAfterClockJump = on;
      return this;
    }

    /** @throws BadInputException where a value is out of range */
    public ControllerConfig build() {
      return new ControllerConfig(
          dimensions, controlRate, actionRate, executionHorizon, fade, approachSpeed, defaultMaxAge, maxAges, policyTimeout,
          shadow, autostart, useSimTime, rearmAfterClockJump);
    }
  }
}
