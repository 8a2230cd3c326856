package flowmatching.ros.parameter;

import flowmatching.BadInputException;
import flowmatching.ros.graph.Endpoint;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.QualityOfService.Durability;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.message.DescribeParameters;
import flowmatching.ros.message.GetParameterTypes;
import flowmatching.ros.message.GetParameters;
import flowmatching.ros.message.ListParameters;
import flowmatching.ros.message.Parameter;
import flowmatching.ros.message.ParameterEvent;
import flowmatching.ros.message.ParameterValue;
import flowmatching.ros.message.SetParameters;
import flowmatching.ros.message.SetParametersAtomically;
import flowmatching.ros.message.SetParametersResult;
import flowmatching.ros.message.Time;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A node's parameters in the graph: the six services that {@code ros2 param} and launch files call, and {@code /parameter_events}.
 *
 * <p>As in every ROS node a parameter that is declared is there for good. Unlike in others a whole number is welcome where a
 * double is asked for, and a read-only parameter may be set to the value that it has.
 */
public final class ParameterServices implements AutoCloseable {
  private static final QualityOfService EVENTS = new QualityOfService(1000, Reliability.RELIABLE, Durability.VOLATILE);

  private final RobotGraph graph;
  private final Parameters parameters;
  private final Consumer<String> refusals;
  private final Publisher<ParameterEvent> events;
  private final List<Endpoint> opened = new ArrayList<>();

  /**
   * Serves the parameters and announces them.
   *
   * @param refusals hears why a set was refused, besides the caller
   */
  public ParameterServices(RobotGraph graph, Parameters parameters, Consumer<String> refusals) {
    this.graph = graph;
    this.parameters = parameters;
    this.refusals = refusals;
    events = graph.advertise("/parameter_events", ParameterEvent.TYPE, EVENTS);
    opened.add(events);
    parameters.onSet((changed, names) -> publish(List.of(), messages(names)));
    publish(messages(parameters.definitions().keySet()), List.of());
    try {
      opened.add(graph.serve("~/describe_parameters", DescribeParameters.TYPE, this::describe));
      opened.add(graph.serve("~/get_parameters", GetParameters.TYPE, this::get));
      opened.add(graph.serve("~/get_parameter_types", GetParameterTypes.TYPE, this::types));
      opened.add(graph.serve("~/list_parameters", ListParameters.TYPE, this::list));
      opened.add(graph.serve("~/set_parameters", SetParameters.TYPE, this::set));
      opened.add(graph.serve("~/set_parameters_atomically", SetParametersAtomically.TYPE, this::setAtomically));
    } catch (RuntimeException e) { // a name is taken: nobody has these services to close them
      close();
      throw e;
    }
  }

  private boolean known(String name) {
    return parameters.definitions().containsKey(name);
  }

  private DescribeParameters.Response describe(DescribeParameters.Request request) {
    return new DescribeParameters.Response(request.names().stream()
        .map(name -> known(name) ? ParameterMessages.descriptor(parameters.definition(name)) : ParameterMessages.unknown(name))
        .toList());
  }

  private GetParameters.Response get(GetParameters.Request request) {
    return new GetParameters.Response(request.names().stream()
        .map(name -> known(name) ? ParameterMessages.value(parameters, name) : ParameterValue.NONE)
        .toList());
  }

  private GetParameterTypes.Response types(GetParameterTypes.Request request) {
    byte[] types = new byte[request.names().size()];
    for (int i = 0; i < types.length; i++) {
      String name = request.names().get(i);
      types[i] = known(name) ? ParameterMessages.type(parameters.definition(name).type()) : ParameterValue.NOT_SET;
    }
    return new GetParameterTypes.Response(types);
  }

  private ListParameters.Response list(ListParameters.Request request) {
    return new ListParameters.Response(
        ParameterListing.list(parameters.definitions().keySet(), request.prefixes(), request.depth()));
  }

  private SetParameters.Response set(SetParameters.Request request) {
    return new SetParameters.Response(request.parameters().stream().map(parameter -> set(List.of(parameter))).toList());
  }

  private SetParametersAtomically.Response setAtomically(SetParametersAtomically.Request request) {
    return new SetParametersAtomically.Response(set(request.parameters()));
  }

  private SetParametersResult set(List<Parameter> wanted) {
    try {
      Map<String, Object> values = new LinkedHashMap<>();
      for (Parameter parameter : wanted) {
        parameters.definition(parameter.name());
        if (parameter.value().type() == ParameterValue.NOT_SET) {
          throw new BadInputException("parameter " + parameter.name() + " cannot be deleted: give it a value");
        }
        values.put(parameter.name(), ParameterMessages.value(parameter.value())); // named twice, the last one counts
      }
      if (!values.isEmpty()) {
        parameters.set(values);
      }
      return SetParametersResult.SUCCESS;
    } catch (RuntimeException e) { // whatever went wrong, who asked gets an answer
      String reason = e instanceof BadInputException ? e.getMessage() : e.toString();
      refusals.accept(reason);
      return new SetParametersResult(false, reason);
    }
  }

  private List<Parameter> messages(Collection<String> names) {
    return names.stream().sorted().map(name -> ParameterMessages.parameter(parameters, name)).toList();
  }

  private void publish(List<Parameter> declared, List<Parameter> changed) {
    events.publish(new ParameterEvent(
        Time.ofNanoseconds(graph.clock().now()), graph.names().fullName(), declared, changed, List.of()));
  }

  /** Leaves the graph; the parameters live on. */
  @Override
  public void close() {
    opened.forEach(Endpoint::close);
  }
}
