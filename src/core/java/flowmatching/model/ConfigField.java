package flowmatching.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One scalar key of {@code config.json}: its default, range and reason. This table is the one source for reading, checking,
 * {@code info --fields} and docs/configuration.md.
 *
 * @param name the key
 * @param kind what its value is
 * @param absent the value where the key is absent, always the original policy's behaviour; null where there is none
 * @param minimum least value allowed, for numbers
 * @param maximum greatest value allowed, for numbers
 * @param choices words allowed, for {@link Kind#WORD}; empty allows any
 * @param unit of the value, empty where it has none
 * @param reason what it is for, and why the range
 */
public record ConfigField(
    String name, Kind kind, Object absent, double minimum, double maximum, List<String> choices, String unit, String reason) {

  /** The type of a field's value. */
  public enum Kind {
    INTEGER, NUMBER, WORD
  }

  private static final Map<String, ConfigField> FIELDS = new LinkedHashMap<>();

  /** Every field, by name, in the order in which documents show them. */
  public static final Map<String, ConfigField> ALL = Collections.unmodifiableMap(FIELDS);

  static {
    integer("n_obs_steps", 1, 1, 1, "frames", "Observations a prediction sees. The network has no input for a history, so only 1 is possible.");
    integer("n_action_steps", 50, 1, 4096, "actions", "Length of a chunk. Attention over the chunk grows with its square.");
    integer("num_steps", 10, 1, 1000, "steps", "Euler steps from noise to action. Inference time grows with it; 4 is often as good as 10.");
    integer("max_state_dim", 32, 1, 4096, "values", "Width that the state is zero-padded to. New policies use the state's own size.");
    integer("max_action_dim", 32, 1, 4096, "values",
        "Width that actions are padded to. Padded dimensions are not trained but feed back into the integration, so new policies use the action's own size.");
    integer("hidden_dim", 1024, 2, 16384, "values", "Width of an action token and of the condition. Even (sine and cosine halves) and divisible by num_heads.");
    integer("num_layers", 6, 1, 256, "layers", "Transformer layers over the action tokens. Fixed at 6 in the original.");
    integer("num_heads", 8, 1, 256, "heads", "Attention heads of these layers. Fixed at 8 in the original.");
    integer("dim_feedforward", null, 1, 65536, "values", "Hidden width of a layer's MLP; absent means 4 * hidden_dim.");
    number("dropout", 0.1, 0, 0.9, "", "Share of values dropped in the action transformer, in training only.");
    number("time_min_period", 4e-3, 1e-6, 1e3, "", "Shortest period of the flow time's sine embedding. Flow time runs from 1 to 0.");
    number("time_max_period", 4.0, 1e-6, 1e6, "", "Longest period; greater than time_min_period.");
    word("vision_backbone", "vit_b_16", List.of(), "Vision transformer of each camera: vit_b_16, vit_b_32, vit_l_16, vit_l_32, vit_h_14, or any name together with the sizes in 'vit'.");
    integer("vit_embed_dim", 768, 1, 8192, "values", "Width of the vision transformer's tokens; must be the backbone's.");
    integer("empty_cameras", 0, 0, 64, "cameras", "How many of the cameras may be missing; a missing one is a black picture that is masked out.");
    word("action_step_encoding", "none", List.of("none", "sinusoidal"),
        "sinusoidal tells the network the place of each action in the chunk. Without it (the original) the network cannot order them. New policies use sinusoidal.");
    word("vision_tokens", "class", List.of("class", "patches"),
        "patches lets the action tokens attend to every patch of every camera. class (the original) gives them one summary vector. New policies use patches.");
    word("camera_slots", "shift", List.of("shift", "fixed"),
        "Where a camera is missing: shift (the original) moves the later ones up a slot, fixed keeps each camera in its own. New policies use fixed.");
    word("action_tail", "mask", List.of("mask", "hold"),
        "What training makes of a chunk's actions beyond the episode's end: mask (the original) leaves them out, hold trains the robot to stay. New policies use hold.");
    number("fps", null, 1e-3, 1e4, "Hz", "Actions a second in the data the policy was trained on. Running on a robot needs it, here or as action_rate.");
  }

  private static void integer(String name, Integer absent, int minimum, int maximum, String unit, String reason) {
    FIELDS.put(name, new ConfigField(name, Kind.INTEGER, absent, minimum, maximum, List.of(), unit, reason));
  }

  private static void number(String name, Double absent, double minimum, double maximum, String unit, String reason) {
    FIELDS.put(name, new ConfigField(name, Kind.NUMBER, absent, minimum, maximum, List.of(), unit, reason));
  }

  private static void word(String name, String absent, List<String> choices, String reason) {
    FIELDS.put(name, new ConfigField(name, Kind.WORD, absent, 0, 0, choices, "", reason));
  }

  /** The range in words, for documents and messages. */
  public String range() {
    return switch (kind) {
      case INTEGER -> (long) minimum == (long) maximum ? "only " + (long) minimum : (long) minimum + " to " + (long) maximum;
      case NUMBER -> minimum + " to " + maximum;
      case WORD -> choices.isEmpty() ? "any" : String.join(", ", choices);
    };
  }
}
