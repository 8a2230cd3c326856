package flowmatching.app.command;

import flowmatching.BadInputException;
import flowmatching.app.robot.Transport;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.parameter.Parameters;
import flowmatching.ros.parameter.RosArguments;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The flags of every command that joins a robot's graph as a node. What follows {@code --ros-args} is taken off the line before. */
@Command(
    footer = {
      "",
      "As every ROS node it also takes, to the end of the line or to --:",
      "  --ros-args -r FROM:=TO -p NAME:=VALUE --params-file FILE --log-level LEVEL"
    })
public final class NodeFlags {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--transport",
      paramLabel = "NAME",
      description = {
        "rcl: the libraries of a sourced ROS workspace, on its RMW. dds: the ROS 2 wire, needs no ROS. auto: rcl where ROS is sourced, else dds.",
        "rcljava: rcl, as a node of the workspace's rcljava.",
        "embedded: inside this process, for built-in robots only, and their default. Default of others: auto."
      })
  private String transport;

  @Option(names = "--namespace", paramLabel = "NAME", defaultValue = "/", description = "The node's namespace. Default: ${DEFAULT-VALUE}.")
  private String namespace;

  @Option(names = "-p", paramLabel = "NAME:=VALUE", description = "A parameter of the node (docs/parameters.md); may be given again.")
  private List<String> parameters = List.of();

  private RosArguments rosArguments() {
    return (RosArguments) ((Supplier<?>) command.root().userObject()).get();
  }

  /**
   * The node's name and remappings.
   *
   * @throws BadInputException where a name or rule is not valid
   */
  GraphNames names(String node) {
    try {
      GraphNames.of(namespace, node);
    } catch (BadInputException e) {
      throw new BadInputException("--namespace: expected / or names with a slash before each, such as /left/arm, found '" + namespace + "'", e);
    }
    return rosArguments().names(namespace, node);
  }

  /**
   * The parameters that were given for a node of this name: after {@code --ros-args}, then with {@code -p}.
   *
   * @throws BadInputException where one is unknown, of the wrong type or out of range
   */
  Map<String, Object> parameters(GraphNames names) {
    List<String> line = new ArrayList<>(List.of("--ros-args"));
    parameters.forEach(parameter -> line.addAll(List.of("-p", parameter)));
    Parameters known = Parameters.defaults();
    Map<String, Object> given = new LinkedHashMap<>(rosArguments().parameters(names, known.definitions()));
    given.putAll(RosArguments.parse(line).parameters(names, known.definitions()));
    return given;
  }

  /** How the robot is reached, where nothing was said as {@code usual}. */
  Transport transport(Transport usual) {
    return transport == null ? usual : Transport.parse(transport);
  }
}
