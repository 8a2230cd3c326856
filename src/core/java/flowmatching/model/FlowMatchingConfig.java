package flowmatching.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.model.PolicyFeature.Type;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The configuration of a flow matching policy: what {@code config.json} says, read and checked.
 *
 * <p>The order of the cameras is the order of {@code input_features}. Keys that are not known are kept, see {@link #unknownKeys},
 * so that a file written elsewhere is written back whole. An absent key means the original policy's behaviour.
 * {@link ConfigField#ALL} documents every scalar key. Immutable.
 */
public final class FlowMatchingConfig {
  /** The {@code type} of {@code config.json}. */
  public static final String TYPE = "flowmatching";

  private final ObjectNode json;
  private final List<String> unknownKeys;
  private final List<PolicyFeature> inputs;
  private final PolicyFeature action;
  private final VisionBackbone backbone;
  private final int imageHeight;
  private final int imageWidth;
  private final Map<Type, NormalizationMode> normalization;

  FlowMatchingConfig(ConfigReader reader) {
    this.json = reader.json();
    this.unknownKeys = reader.unknownKeys();
    this.inputs = reader.features("input_features");
    this.action = reader.action();
    this.imageHeight = reader.imageSize(0);
    this.imageWidth = reader.imageSize(1);
    this.normalization = reader.normalization();
    reader.checkFields();
    this.backbone = cameras().isEmpty() ? null : reader.backbone(imageHeight, imageWidth);
    reader.checkCombinations(this);
  }

  /**
   * Reads {@code config.json}.
   *
   * @param source what to call it in messages, its path as a rule
   * @throws BadInputException where a value is out of range, of the wrong type, or does not fit another
   */
  public static FlowMatchingConfig parse(String source, ObjectNode json) {
    return new FlowMatchingConfig(new ConfigReader(source, json.deepCopy()));
  }

  /** A builder for a new policy, with the extensions that new policies turn on. */
  public static FlowMatchingConfigBuilder builder() {
    return new FlowMatchingConfigBuilder();
  }

  /** This configuration with one key set to another value. */
  public FlowMatchingConfig with(String key, JsonNode value) {
    ObjectNode copy = json.deepCopy();
    copy.set(key, value);
    return parse("configuration", copy);
  }

  /** A copy of the JSON, unknown keys included. */
  public ObjectNode toJson() {
    return json.deepCopy();
  }

  /** Keys that this version does not know and does not use. */
  public List<String> unknownKeys() {
    return unknownKeys;
  }

  /** All inputs, in the order of {@code input_features}. */
  public List<PolicyFeature> inputs() {
    return inputs;
  }

  /** The cameras, in slot order; empty for a policy of joint states alone. */
  public List<PolicyFeature> cameras() {
    return inputs.stream().filter(f -> f.type() == Type.VISUAL).toList();
  }

  /** Values in {@code observation.state}; 0 where the policy sees none. */
  public int stateDim() {
    return inputs.stream().filter(f -> f.key().equals(PolicyFeature.STATE)).mapToInt(f -> f.shape().get(0)).findFirst().orElse(0);
  }

  /** Values in one action. */
  public int actionDim() {
    return action.shape().get(0);
  }

  public PolicyFeature action() {
    return action;
  }

  /** Sizes of the vision transformer, null for a policy without cameras. */
  public VisionBackbone backbone() {
    return backbone;
  }

  /** Height in pixels of what the vision transformer sees. */
  public int imageHeight() {
    return imageHeight;
  }

  /** Width in pixels of what the vision transformer sees. */
  public int imageWidth() {
    return imageWidth;
  }

  /** How features of a type are normalised; identity where {@code normalization_mapping} does not say. */
  public NormalizationMode normalization(Type type) {
    return normalization.getOrDefault(type, NormalizationMode.IDENTITY);
  }

  public int chunkLength() {
    return integer("n_action_steps");
  }

  public int numSteps() {
    return integer("num_steps");
  }

  public int maxStateDim() {
    return integer("max_state_dim");
  }

  public int maxActionDim() {
    return integer("max_action_dim");
  }

  public int hiddenDim() {
    return integer("hidden_dim");
  }

  public int numLayers() {
    return integer("num_layers");
  }

  public int numHeads() {
    return integer("num_heads");
  }

  public int dimFeedforward() {
    return json.path("dim_feedforward").isNumber() ? integer("dim_feedforward") : 4 * hiddenDim();
  }

  public double dropout() {
    return number("dropout");
  }

  public double timeMinPeriod() {
    return number("time_min_period");
  }

  public double timeMaxPeriod() {
    return number("time_max_period");
  }

  public int vitEmbedDim() {
    return integer("vit_embed_dim");
  }

  public int emptyCameras() {
    return integer("empty_cameras");
  }

  /** Whether the network is told the place of each action in the chunk. */
  public boolean sinusoidalStepEncoding() {
    return word("action_step_encoding").equals("sinusoidal");
  }

  /** Whether the action tokens attend to the patches of the pictures. */
  public boolean patchTokens() {
    return word("vision_tokens").equals("patches") && !cameras().isEmpty();
  }

  /** Whether a missing camera moves the later ones up a slot, as in the original. */
  public boolean shiftsCameraSlots() {
    return word("camera_slots").equals("shift");
  }

  /** Whether actions beyond an episode's end are trained, as holding still. */
  public boolean trainsTail() {
    return word("action_tail").equals("hold");
  }

  /** Actions a second in the training data, where known. */
  public OptionalDouble fps() {
    return json.path("fps").isNumber() ? OptionalDouble.of(number("fps")) : OptionalDouble.empty();
  }

  private int integer(String name) {
    return (int) number(name);
  }

  private double number(String name) {
    JsonNode value = json.path(name);
    return value.isNumber() ? value.doubleValue() : ((Number) ConfigField.ALL.get(name).absent()).doubleValue();
  }

  private String word(String name) {
    JsonNode value = json.path(name);
    return value.isTextual() ? value.textValue() : (String) ConfigField.ALL.get(name).absent();
  }
}
