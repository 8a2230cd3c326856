package flowmatching.control;

import flowmatching.BadInputException;
import flowmatching.model.PolicyFeature;
import flowmatching.policy.PolicySpec;
import java.util.List;

/** Whether a policy belongs to a robot; each refusal says what differs. */
final class PolicyFit {
  private PolicyFit() {}

  /** @throws BadInputException where the policy does not belong to the configured robot */
  static void require(PolicySpec spec, ControllerConfig config) {
    if (spec.actionSize() != config.dimensions().size()) {
      throw new BadInputException(
          "the policy's actions have " + spec.actionSize() + " values, the robot has " + config.dimensions().size() + " joints");
    }
    for (ActionDimension dimension : config.dimensions()) {
      if (dimension.stateIndex() >= spec.stateSize()) {
        throw new BadInputException("joint " + dimension.name() + " is measured by state " + dimension.stateIndex() + ", but "
            + ObservationAssembler.STATE + " has " + spec.stateSize() + " values");
      }
    }
    for (String stream : config.maxAges().keySet()) {
      if (!cameraKeys(spec).contains(stream) && !stream.equals(ObservationAssembler.STATE)) {
        throw new BadInputException("max_age is given for " + stream + ", but the policy sees " + cameraKeys(spec));
      }
    }
    actionRate(spec, config);
  }

  /** @throws BadInputException where one policy cannot follow another because it sees something else */
  static void requireSameInput(PolicySpec now, PolicySpec next) {
    if (!cameraKeys(next).equals(cameraKeys(now)) || next.missingCameras() != now.missingCameras()) {
      throw new BadInputException("the new policy sees " + cameraKeys(next) + " of which " + next.missingCameras()
          + " may be missing, the one in use " + cameraKeys(now) + " of which " + now.missingCameras() + " may be missing");
    }
    if (next.stateSize() != now.stateSize()) {
      throw new BadInputException(
          "the new policy sees a state of " + next.stateSize() + " values, the one in use " + now.stateSize());
    }
  }

  /** @throws BadInputException where neither the configuration nor the policy knows the rate */
  static double actionRate(PolicySpec spec, ControllerConfig config) {
    double rate = config.actionRate().orElse(spec.actionRate().orElse(Double.NaN));
    if (Double.isNaN(rate)) {
      throw new BadInputException("the checkpoint does not say how many actions a second it was trained at: give action_rate");
    }
    if (!(rate > 0 && rate <= 10_000)) {
      throw new BadInputException("the checkpoint's action rate must be above 0 and at most 10000 a second, found " + rate);
    }
    return rate;
  }

  private static List<String> cameraKeys(PolicySpec spec) {
    return spec.cameras().stream().map(PolicyFeature::key).toList();
  }
}
