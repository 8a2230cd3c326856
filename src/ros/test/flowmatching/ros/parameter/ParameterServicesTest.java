package flowmatching.ros.parameter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.ros.graph.Await;
import flowmatching.ros.graph.GraphNames;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.QualityOfService.Durability;
import flowmatching.ros.graph.QualityOfService.Reliability;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.inprocess.InProcessGraph;
import flowmatching.ros.message.DescribeParameters;
import flowmatching.ros.message.FloatingPointRange;
import flowmatching.ros.message.GetParameterTypes;
import flowmatching.ros.message.GetParameters;
import flowmatching.ros.message.IntegerRange;
import flowmatching.ros.message.ListParameters;
import flowmatching.ros.message.Parameter;
import flowmatching.ros.message.ParameterDescriptor;
import flowmatching.ros.message.ParameterEvent;
import flowmatching.ros.message.ParameterValue;
import flowmatching.ros.message.ServiceType;
import flowmatching.ros.message.SetParameters;
import flowmatching.ros.message.SetParametersAtomically;
import flowmatching.ros.message.SetParametersResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ParameterServicesTest {
  private static final QualityOfService EVERYTHING = new QualityOfService(5000, Reliability.RELIABLE, Durability.VOLATILE);

  private final InProcessGraph graph = new InProcessGraph();
  private final RobotGraph other = graph.join(GraphNames.of("/", "other"));
  private final List<ParameterEvent> events = Collections.synchronizedList(new ArrayList<>());
  private final List<String> refusals = Collections.synchronizedList(new ArrayList<>());
  private final Parameters parameters = Parameters.defaults();
  private final ParameterServices services;

  ParameterServicesTest() {
    other.subscribe("/parameter_events", ParameterEvent.TYPE, EVERYTHING, events::add);
    services = new ParameterServices(graph.join(GraphNames.of("/left", "policy")), parameters, refusals::add);
  }

  @AfterEach
  void close() {
    services.close();
    graph.close();
  }

  private <Q, R> CompletableFuture<R> ask(String service, ServiceType<Q, R> type, Q request) {
    return other.client("/left/policy/" + service, type).call(request).orTimeout(20, TimeUnit.SECONDS);
  }

  private SetParametersResult set(String name, ParameterValue value) {
    SetParameters.Request request = new SetParameters.Request(List.of(new Parameter(name, value)));
    List<SetParametersResult> results = ask("set_parameters", SetParameters.TYPE, request).join().results();
    assertEquals(1, results.size());
    return results.get(0);
  }

  private void refuses(String name, ParameterValue value, String reason) {
    Object before = parameters.definitions().containsKey(name) ? parameters.value(name) : null;
    SetParametersResult result = set(name, value);
    assertFalse(result.successful());
    assertTrue(result.reason().contains(reason), result.reason());
    assertTrue(result.reason().length() < 2000, "the reason is " + result.reason().length() + " letters long");
    assertEquals(result.reason(), refusals.get(refusals.size() - 1));
    if (before != null) {
      assertEquals(before, parameters.value(name));
    }
  }

  private ParameterDescriptor describe(String name) {
    DescribeParameters.Request request = new DescribeParameters.Request(List.of(name));
    return ask("describe_parameters", DescribeParameters.TYPE, request).join().descriptors().get(0);
  }

  @Test
  void valuesAreTakenAndGivenInTheirTypes() {
    assertEquals(SetParametersResult.SUCCESS, set("control_rate", ParameterValue.of(25.0)));
    assertEquals(SetParametersResult.SUCCESS, set("shadow", ParameterValue.of(true)));
    assertEquals(SetParametersResult.SUCCESS, set("num_steps", ParameterValue.of(5)));
    assertEquals(SetParametersResult.SUCCESS, set("solver", ParameterValue.of("heun")));
    List<String> names = List.of("solver", "control_rate", "shadow", "num_steps");
    assertEquals(
        List.of(ParameterValue.of("heun"), ParameterValue.of(25.0), ParameterValue.of(true), ParameterValue.of(5)),
        ask("get_parameters", GetParameters.TYPE, new GetParameters.Request(names)).join().values());
    assertArrayEquals(
        new byte[] {ParameterValue.STRING, ParameterValue.DOUBLE, ParameterValue.BOOL, ParameterValue.INTEGER},
        ask("get_parameter_types", GetParameterTypes.TYPE, new GetParameterTypes.Request(names)).join().types());
    assertEquals(25.0, parameters.number("control_rate"));
  }

  @Test
  void aWholeNumberIsWelcomeWhereADoubleIsAskedFor() {
    assertTrue(set("control_rate", ParameterValue.of(25)).successful());
    assertEquals(25.0, parameters.number("control_rate"));
  }

  @Test
  void unknownParametersAreNotSetAndCannotBe() {
    List<String> names = List.of("speed", "shadow", "");
    List<ParameterValue> values = ask("get_parameters", GetParameters.TYPE, new GetParameters.Request(names)).join().values();
    assertEquals(List.of(ParameterValue.NONE, ParameterValue.of(false), ParameterValue.NONE), values);
    assertArrayEquals(new byte[] {ParameterValue.NOT_SET, ParameterValue.BOOL, ParameterValue.NOT_SET},
        ask("get_parameter_types", GetParameterTypes.TYPE, new GetParameterTypes.Request(names)).join().types());
    assertEquals(ParameterValue.NOT_SET, describe("speed").type());
    refuses("speed", ParameterValue.of(1), "there is no parameter 'speed'");
    refuses("", ParameterValue.of(1), "there is no parameter ''");
  }

  @Test
  void wrongValuesAreRefusedWithAReason() {
    refuses("shadow", ParameterValue.of("yes"), "shadow must be of type bool, found string 'yes'");
    refuses("num_steps", ParameterValue.of(5.0), "num_steps must be of type integer, found double");
    refuses("num_steps", ParameterValue.of(-1), "num_steps must be 0 to 1000, found '-1'");
    refuses("control_rate", ParameterValue.of(Double.NaN), "control_rate must be 0.1 to 10000.0, found 'NaN'");
    refuses("control_rate", ParameterValue.of(Double.POSITIVE_INFINITY), "control_rate must be 0.1 to 10000.0");
    refuses("solver", ParameterValue.of("rk4"), "solver must be euler, heun, found 'rk4'");
    refuses("autostart", ParameterValue.of(true), "autostart is read-only");
    refuses("shadow", ParameterValue.NONE, "shadow cannot be deleted");
    refuses("fade_ms", array(ParameterValue.DOUBLE_ARRAY), "fade_ms must be of type double, found list '[1.0, 2.0]'");
    refuses("fade_ms", array(ParameterValue.BOOL_ARRAY), "fade_ms must be of type double, found list");
    refuses("fade_ms", array((byte) 200), "fade_ms must be of type double, found nothing");
  }

  private static ParameterValue array(byte type) {
    return new ParameterValue(
        type, false, 0, 0, "", new byte[0], new boolean[] {true}, new long[0], new double[] {1, 2}, List.of());
  }

  @Test
  void veryLongNamesAndValuesAreRefusedInAShortSentence() {
    String endless = "x".repeat(1_000_000);
    refuses(endless, ParameterValue.of(1), "there is no parameter 'xxx");
    refuses("solver", ParameterValue.of(endless), "found 'xxx");
    refuses("shadow", ParameterValue.of(endless), "found string 'xxx");
  }

  @Test
  void aSetGoesOnPastWhatItRefuses() {
    SetParameters.Request request = new SetParameters.Request(List.of(
        new Parameter("shadow", ParameterValue.of(true)), new Parameter("speed", ParameterValue.of(1)),
        new Parameter("num_steps", ParameterValue.of(5))));
    List<SetParametersResult> results = ask("set_parameters", SetParameters.TYPE, request).join().results();
    assertEquals(List.of(true, false, true), results.stream().map(SetParametersResult::successful).toList());
    assertEquals(5, parameters.integer("num_steps"));
  }

  @Test
  void anAtomicSetTakesAllOrNothing() {
    Parameter shadow = new Parameter("shadow", ParameterValue.of(true));
    SetParametersResult result = setAtomically(shadow, new Parameter("num_steps", ParameterValue.of(-1)));
    assertFalse(result.successful());
    assertTrue(result.reason().contains("num_steps must be 0 to 1000"), result.reason());
    assertFalse(parameters.bool("shadow"));
    assertEquals(SetParametersResult.SUCCESS, setAtomically(shadow, new Parameter("num_steps", ParameterValue.of(4))));
    assertTrue(parameters.bool("shadow"));
    assertEquals(4, parameters.integer("num_steps"));
    assertEquals(SetParametersResult.SUCCESS, setAtomically());
  }

  private SetParametersResult setAtomically(Parameter... wanted) {
    SetParametersAtomically.Request request = new SetParametersAtomically.Request(List.of(wanted));
    return ask("set_parameters_atomically", SetParametersAtomically.TYPE, request).join().result();
  }

  @Test
  void descriptionsSayWhatIsAllowed() {
    ParameterDescriptor rate = describe("control_rate");
    assertEquals(ParameterValue.DOUBLE, rate.type());
    assertEquals(List.of(new FloatingPointRange(0.1, 10000, 0)), rate.floatingPointRange());
    assertEquals(List.of(), rate.integerRange());
    assertEquals("Commands a second. Actions are interpolated to it. Unit: Hz.", rate.description());
    assertFalse(rate.readOnly() || rate.dynamicTyping());
    assertEquals(List.of(new IntegerRange(0, 1000, 0)), describe("num_steps").integerRange());
    assertEquals("One of: euler, heun.", describe("solver").additionalConstraints());
    assertTrue(describe("autostart").readOnly());
    assertEquals(List.of(), describe("shadow").integerRange());
  }

  @Test
  void theListHoldsEveryNameSorted() {
    ListParameters.Request all = new ListParameters.Request(List.of(), ListParameters.Request.RECURSIVE);
    List<String> names = ask("list_parameters", ListParameters.TYPE, all).join().result().names();
    assertEquals(parameters.definitions().keySet().stream().sorted().toList(), names);
    assertTrue(names.contains("use_sim_time"));
  }

  @Test
  void eventsTellWhatIsDeclaredAndWhatIsSet() {
    set("control_rate", ParameterValue.of(25.0));
    set("control_rate", ParameterValue.of(-1.0));
    setAtomically(new Parameter("shadow", ParameterValue.of(true)), new Parameter("num_steps", ParameterValue.of(4)));
    Await.until("three events came", () -> events.size() == 3);
    assertEquals(parameters.definitions().size(), events.get(0).newParameters().size());
    assertEquals(List.of(new Parameter("control_rate", ParameterValue.of(25.0))), events.get(1).changedParameters());
    assertEquals(List.of(new Parameter("num_steps", ParameterValue.of(4)), new Parameter("shadow", ParameterValue.of(true))),
        events.get(2).changedParameters());
    for (ParameterEvent event : events) {
      assertEquals("/left/policy", event.node());
      assertEquals(System.currentTimeMillis() * 1e6, event.stamp().toNanoseconds(), 60e9);
      assertEquals(List.of(), event.deletedParameters());
    }
  }

  @Test
  void aSetInTheProgramIsToldTheSameWay() {
    parameters.set(Map.of("shadow", true));
    Await.until("two events came", () -> events.size() == 2);
    assertEquals(List.of(new Parameter("shadow", ParameterValue.of(true))), events.get(1).changedParameters());
  }

  @Test
  void aCheckThatFailsIsAnsweredToo() {
    parameters.check(proposed -> Path.of(proposed.text("policy_path")));
    refuses("policy_path", ParameterValue.of("\0"), "InvalidPathException");
  }

  @Test
  void aFloodOfSetsFromManySidesIsAnsweredToTheLast() {
    List<CompletableFuture<SetParameters.Response>> answers = IntStream.range(0, 4000).parallel()
        .mapToObj(i -> ask("set_parameters", SetParameters.TYPE, new SetParameters.Request(List.of(
            new Parameter("num_steps", ParameterValue.of(i % 1000)), new Parameter("speed", ParameterValue.of(i))))))
        .toList();
    for (CompletableFuture<SetParameters.Response> answer : answers) {
      assertTrue(answer.join().results().get(0).successful());
      assertFalse(answer.join().results().get(1).successful());
    }
    Await.value(4001, events::size);
    Parameter last = events.get(4000).changedParameters().get(0);
    assertEquals(last.value().integerValue(), parameters.integer("num_steps"));
    assertEquals(4000, refusals.size());
  }

  @Test
  void oneRequestMayNameAParameterAThousandTimes() {
    List<Parameter> many = IntStream.range(0, 1000).mapToObj(i -> new Parameter("num_steps", ParameterValue.of(i))).toList();
    assertEquals(1000, ask("set_parameters", SetParameters.TYPE, new SetParameters.Request(many)).join().results().size());
    assertEquals(SetParametersResult.SUCCESS, setAtomically(many.toArray(Parameter[]::new)));
    assertEquals(999, parameters.integer("num_steps"));
  }

  @Test
  void whenItIsClosedTheServicesAreGoneAndTheParametersLiveOn() {
    services.close();
    assertFalse(other.client("/left/policy/set_parameters", SetParameters.TYPE).available());
    parameters.set(Map.of("shadow", true));
    assertTrue(parameters.bool("shadow"));
  }
}
