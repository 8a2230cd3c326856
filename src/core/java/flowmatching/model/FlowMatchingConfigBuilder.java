package flowmatching.model;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.model.PolicyFeature.Type;

/**
 * Builds the configuration of a new policy. It starts from what new policies turn on: step encoding, patch tokens, fixed camera
 * slots, a trained tail, no padded dimensions. {@link #set} overrides any key.
 */
public final class FlowMatchingConfigBuilder {
  private final ObjectNode json = JsonNodeFactory.instance.objectNode();
  private final ObjectNode overrides = JsonNodeFactory.instance.objectNode();
  private final ObjectNode inputs;

  FlowMatchingConfigBuilder() {
    json.put("type", FlowMatchingConfig.TYPE);
    json.put("n_obs_steps", 1);
    inputs = json.putObject("input_features");
  }

  /** Adds a camera; the order of calls is the order of the slots. Sizes are those of the data set's pictures, in pixels. */
  public FlowMatchingConfigBuilder camera(String key, int height, int width) {
    feature(inputs, key, Type.VISUAL, 3, height, width);
    return this;
  }

  /** The robot's state as {@code observation.state}, {@code size} values. */
  public FlowMatchingConfigBuilder state(int size) {
    feature(inputs, PolicyFeature.STATE, Type.STATE, size);
    json.put("max_state_dim", size);
    return this;
  }

  /** The action, {@code size} values, at {@code fps} actions a second. */
  public FlowMatchingConfigBuilder action(int size, double fps) {
    feature(json.putObject("output_features"), PolicyFeature.ACTION, Type.ACTION, size);
    json.put("max_action_dim", size);
    json.put("fps", fps);
    return this;
  }

  /** Sets any key of {@link ConfigField#ALL} to a number or word. */
  public FlowMatchingConfigBuilder set(String key, Object value) {
    if (value instanceof Integer number) {
      overrides.put(key, number);
    } else if (value instanceof Double number) {
      overrides.put(key, number);
    } else {
      overrides.put(key, String.valueOf(value));
    }
    return this;
  }

  /** Sets keys as {@code config.json} holds them, structured ones too. */
  public FlowMatchingConfigBuilder setAll(ObjectNode keys) {
    overrides.setAll(keys);
    return this;
  }

  /** A vision transformer of these sizes that sees pictures of {@code height} by {@code width} pixels. */
  public FlowMatchingConfigBuilder vision(VisionBackbone backbone, int height, int width) {
    json.put("vision_backbone", "custom");
    json.put("vit_embed_dim", backbone.width());
    json.putArray("image_size").add(height).add(width);
    ObjectNode vit = json.putObject("vit");
    vit.put("patch_size", backbone.patchSize()).put("num_layers", backbone.layers());
    vit.put("num_heads", backbone.heads()).put("mlp_dim", backbone.mlpWidth());
    return this;
  }

  /** @throws flowmatching.BadInputException where the values do not fit together */
  public FlowMatchingConfig build() {
    ObjectNode all = json.deepCopy();
    ObjectNode modes = all.putObject("normalization_mapping");
    modes.put("VISUAL", "IDENTITY").put("STATE", "MEAN_STD").put("ACTION", "MEAN_STD");
    all.put("action_step_encoding", "sinusoidal").put("vision_tokens", "patches").put("camera_slots", "fixed").put("action_tail", "hold");
    all.setAll(overrides);
    return FlowMatchingConfig.parse("configuration", all);
  }

  private static void feature(ObjectNode features, String key, Type type, int... shape) {
    ObjectNode feature = features.putObject(key);
    feature.put("type", type.name());
    var sizes = feature.putArray("shape");
    for (int size : shape) {
      sizes.add(size);
    }
  }
}
