package flowmatching.training.config;

/** The table of docs/training_flags.md, written from the flags. */
public final class TrainingFlagTable {
  private static final String HEAD = """
      # Flags of train

      Written from `TrainingFlags`; change that class, not this page. `--name=value` and `--name value` mean the same. Names and defaults
      are those of `lerobot-train` 0.6.1, and where they are not the description says so. Flags that LeRobot has and this trainer has not
      are refused with the reason, unknown ones with the nearest that is known.

      The file `train_config.json` of a checkpoint holds every value under the same names, and LeRobot reads it. `--config_path` takes
      one, of this trainer or of LeRobot. Only LeRobot's own keys are in it, but for `policy`: what is not LeRobot's is there, because
      each policy of LeRobot has keys of its own.

      | Flag | Value | Default | Meaning |
      | --- | --- | --- | --- |
      """;

  private TrainingFlagTable() {}

  /** The whole page in Markdown. */
  public static String markdown() {
    StringBuilder page = new StringBuilder(HEAD);
    for (TrainingFlag flag : TrainingFlags.ALL.values()) {
      String value = flag.absent() == null || flag.kind() == FlagKind.OBJECT && flag.absent().size() > 0 ? "" : "`" + flag.shownDefault() + "`";
      page.append("| `").append(flag.name()).append("` | ").append(flag.expected()).append(" | ").append(value);
      page.append(value.isEmpty() ? "| " : " | ").append(flag.description().replace("|", "\\|")).append(" |\n");
    }
    page.append("\nOther names, that LeRobot users know:");
    TrainingFlags.ALIASES.forEach((other, name) -> page.append("\n`").append(other).append("` for `").append(name).append("`,"));
    page.setCharAt(page.length() - 1, '.');
    return page.append('\n').toString();
  }
}
