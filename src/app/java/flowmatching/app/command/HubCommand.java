package flowmatching.app.command;

import picocli.CommandLine.Command;

/** Exchange with a hub. */
@Command(
    name = "hub",
    description = "Download checkpoints and data sets from a Hugging Face hub, or upload them; docs/hub.md.",
    subcommands = {HubDownloadCommand.class, HubUploadCommand.class},
    synopsisSubcommandLabel = "COMMAND")
public final class HubCommand {}
