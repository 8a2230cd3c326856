package flowmatching.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import flowmatching.model.PolicyFeature.Type;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Reads {@code config.json} and says what is wrong with it: which key, what was expected, what was found. */
final class ConfigReader {
  /** Keys that carry structure, read by methods of this class. */
  private static final Set<String> STRUCTURED =
      Set.of("type", "input_features", "output_features", "normalization_mapping", "image_size", "vit");

  /** Keys of LeRobot that say how a policy was trained or stored; they are kept and mean nothing to the network. */
  private static final Set<String> BOOKKEEPING =
      Set.of("device", "use_amp", "use_peft", "push_to_hub", "repo_id", "private", "tags", "license", "pretrained_path",
          "pretrained_revision", "vision_backbone_weights", "pretrained_backbone_weights", "optimizer_lr", "optimizer_lr_backbone", "optimizer_betas",
          "optimizer_eps", "optimizer_weight_decay", "optimizer_grad_clip_norm", "scheduler_warmup_steps",
          "scheduler_decay_steps", "scheduler_decay_lr", "freeze_vision_encoder", "ema_decay", "delta_actions", "gradient_accumulation_steps");

  /** Larger sizes are a damaged file: no robot has so many joints and no camera so many pixels. */
  private static final int MAX_SIZE = 1 << 16;

  /** Attention grows with the square of the patches: more than this does not run anywhere. */
  private static final int MAX_PATCHES = 1 << 14;

  private static final int MAX_LAYERS = 256;

  private final String source;
  private final ObjectNode json;

  ConfigReader(String source, ObjectNode json) {
    this.source = source;
    this.json = json;
    String type = json.path("type").asText(FlowMatchingConfig.TYPE);
    if (!type.equals(FlowMatchingConfig.TYPE)) {
      throw wrong("type", "'" + FlowMatchingConfig.TYPE + "'", "'" + type + "'");
    }
  }

  ObjectNode json() {
    return json;
  }

  List<String> unknownKeys() {
    List<String> unknown = new ArrayList<>();
    json.fieldNames().forEachRemaining(key -> {
      if (!STRUCTURED.contains(key) && !BOOKKEEPING.contains(key) && !ConfigField.ALL.containsKey(key)) {
        unknown.add(key);
      }
    });
    return List.copyOf(unknown);
  }

  List<PolicyFeature> features(String key) {
    JsonNode features = json.path(key);
    if (features.isMissingNode() || features.isNull()) {
      return List.of();
    }
    if (!features.isObject()) {
      throw wrong(key, "an object of features", features);
    }
    List<PolicyFeature> list = new ArrayList<>();
    features.properties().forEach(f -> list.add(feature(key + "." + f.getKey(), f.getKey(), f.getValue())));
    return List.copyOf(list);
  }

  private PolicyFeature feature(String where, String key, JsonNode node) {
    Type type;
    try {
      type = Type.valueOf(node.path("type").asText());
    } catch (IllegalArgumentException e) {
      throw wrong(where + ".type", "one of " + List.of(Type.values()), node.path("type"));
    }
    if (key.equals(PolicyFeature.STATE) && type != Type.STATE) {
      throw wrong(where + ".type", Type.STATE.name(), node.path("type"));
    }
    JsonNode shape = node.path("shape");
    int dimensions = type == Type.VISUAL ? 3 : 1;
    List<Integer> sizes = new ArrayList<>();
    shape.forEach(size -> sizes.add(size.isInt() && size.intValue() > 0 && size.intValue() <= MAX_SIZE ? size.intValue() : 0));
    if (sizes.size() != dimensions || sizes.contains(0)) {
      String form = type == Type.VISUAL ? "[channels, height, width]" : "[size]";
      throw wrong(where + ".shape", form + " with sizes of 1 to " + MAX_SIZE, shape);
    }
    if (type == Type.VISUAL && sizes.get(0) != 3) {
      throw wrong(where + ".shape", "3 channels (RGB)", sizes.get(0) + " channels");
    }
    return new PolicyFeature(key, type, sizes);
  }

  PolicyFeature action() {
    return features("output_features").stream()
        .filter(f -> f.key().equals(PolicyFeature.ACTION) && f.type() == Type.ACTION)
        .findFirst()
        .orElseThrow(() -> wrong("output_features", "a feature 'action' of type ACTION", json.path("output_features")));
  }

  int imageSize(int axis) {
    JsonNode size = json.path("image_size");
    if (size.isMissingNode() || size.isNull()) {
      return 224;
    }
    JsonNode value = size.path(axis);
    if (!size.isArray() || size.size() != 2 || !value.isInt() || value.intValue() < 1 || value.intValue() > MAX_SIZE) {
      throw wrong("image_size", "[height, width] in pixels", size);
    }
    return value.intValue();
  }

  Map<Type, NormalizationMode> normalization() {
    Map<Type, NormalizationMode> modes = new EnumMap<>(Type.class);
    JsonNode mapping = json.path("normalization_mapping");
    mapping.properties().forEach(entry -> {
      try {
        modes.put(Type.valueOf(entry.getKey()), NormalizationMode.valueOf(entry.getValue().asText()));
      } catch (IllegalArgumentException e) {
        throw wrong("normalization_mapping." + entry.getKey(), "feature type to one of " + List.of(NormalizationMode.values()), entry.getValue());
      }
    });
    return modes;
  }

  VisionBackbone backbone(int height, int width) {
    String name = json.path("vision_backbone").asText("vit_b_16");
    int embed = json.path("vit_embed_dim").asInt(768);
    JsonNode vit = json.path("vit");
    VisionBackbone backbone;
    if (vit.isObject()) {
      backbone = new VisionBackbone(
          vitSize(vit, "patch_size", MAX_SIZE), vitSize(vit, "num_layers", MAX_LAYERS), vitSize(vit, "num_heads", MAX_SIZE), embed,
          vitSize(vit, "mlp_dim", MAX_SIZE));
    } else {
      backbone = VisionBackbone.NAMED.get(name);
      if (backbone == null) {
        throw wrong("vision_backbone", "one of " + new TreeSet<>(VisionBackbone.NAMED.keySet()) + ", or the sizes in 'vit'", "'" + name + "'");
      }
      if (backbone.width() != embed) {
        throw wrong("vit_embed_dim", backbone.width() + ", the width of " + name, String.valueOf(embed));
      }
    }
    if (backbone.width() % backbone.heads() != 0) {
      throw wrong("vit.num_heads", "a divisor of vit_embed_dim = " + backbone.width(), String.valueOf(backbone.heads()));
    }
    if (height % backbone.patchSize() != 0 || width % backbone.patchSize() != 0) {
      throw wrong("image_size", "multiples of the patch size " + backbone.patchSize(), "[" + height + ", " + width + "]");
    }
    long patches = (long) (height / backbone.patchSize()) * (width / backbone.patchSize());
    if (patches > MAX_PATCHES) {
      throw wrong("image_size", "at most " + MAX_PATCHES + " patches of " + backbone.patchSize() + " pixels", patches + " patches");
    }
    return backbone;
  }

  private int vitSize(JsonNode vit, String key, int maximum) {
    JsonNode value = vit.path(key);
    if (!value.isInt() || value.intValue() < 1 || value.intValue() > maximum) {
      throw wrong("vit." + key, "a whole number from 1 to " + maximum, value);
    }
    return value.intValue();
  }

  void checkFields() {
    for (ConfigField field : ConfigField.ALL.values()) {
      JsonNode value = json.path(field.name());
      if (value.isMissingNode() || value.isNull()) {
        continue;
      }
      boolean right =
          switch (field.kind()) {
            case INTEGER -> value.isInt() && inRange(field, value.intValue());
            case NUMBER -> value.isNumber() && inRange(field, value.doubleValue());
            case WORD -> value.isTextual() && (field.choices().isEmpty() || field.choices().contains(value.textValue()));
          };
      if (!right) {
        throw wrong(field.name(), field.range() + " (" + field.reason() + ")", value);
      }
    }
  }

  private static boolean inRange(ConfigField field, double value) {
    return value >= field.minimum() && value <= field.maximum();
  }

  void checkCombinations(FlowMatchingConfig c) {
    check(c.hiddenDim() % 2 == 0, "hidden_dim", "an even number", c.hiddenDim());
    check(c.hiddenDim() % c.numHeads() == 0, "hidden_dim", "a multiple of num_heads = " + c.numHeads(), c.hiddenDim());
    check(c.timeMinPeriod() < c.timeMaxPeriod(), "time_min_period", "less than time_max_period = " + c.timeMaxPeriod(), c.timeMinPeriod());
    check(c.stateDim() <= c.maxStateDim(), "max_state_dim", "at least the state's size " + c.stateDim(), c.maxStateDim());
    check(c.actionDim() <= c.maxActionDim(), "max_action_dim", "at least the action's size " + c.actionDim(), c.maxActionDim());
    check(Stream.of(c.stateDim(), c.cameras().size()).anyMatch(n -> n > 0), "input_features", "a camera or 'observation.state'", "neither");
    long parameters = new ModelSummary(c).parameters();
    check(parameters < Integer.MAX_VALUE, "hidden_dim", "sizes with fewer than 2^31 parameters in all", parameters);
  }

  private void check(boolean right, String key, String expected, Object found) {
    if (!right) {
      throw wrong(key, expected, found);
    }
  }

  private BadInputException wrong(String key, String expected, Object found) {
    String text = found instanceof JsonNode node && node.isMissingNode() ? "nothing" : String.valueOf(found);
    if (text.length() > 160) {
      text = text.substring(0, 160) + "...";
    }
    return new BadInputException(source + ": " + key + ": expected " + expected + ", found " + text);
  }
}
