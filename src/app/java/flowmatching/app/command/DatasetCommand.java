package flowmatching.app.command;

import picocli.CommandLine.Command;

/** What can be done with a data set. */
@Command(
    name = "dataset",
    description = "Look at a data set, find what is wrong with it, or convert it.",
    subcommands = {DatasetInfoCommand.class, DatasetCheckCommand.class, DatasetConvertCommand.class},
    synopsisSubcommandLabel = "COMMAND")
public final class DatasetCommand {}
