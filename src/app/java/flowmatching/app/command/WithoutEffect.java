package flowmatching.app.command;

import flowmatching.BadInputException;
import picocli.CommandLine.Model.CommandSpec;

/** Flags that do nothing beside others: who gives one expects something of it. */
final class WithoutEffect {
  private WithoutEffect() {}

  /** @throws BadInputException naming the first of these flags that was given, and why it has no effect */
  static void refuse(CommandSpec command, String why, String... flags) {
    for (String flag : flags) {
      if (command.commandLine().getParseResult().hasMatchedOption(flag)) {
        throw new BadInputException(flag + ": " + why);
      }
    }
  }
}
