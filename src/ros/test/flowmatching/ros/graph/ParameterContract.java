package flowmatching.ros.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.ros.message.GetParameters;
import flowmatching.ros.message.Parameter;
import flowmatching.ros.message.ParameterEvent;
import flowmatching.ros.message.ParameterValue;
import flowmatching.ros.message.SetParameters;
import flowmatching.ros.message.SetParametersResult;
import flowmatching.ros.parameter.ParameterServices;
import flowmatching.ros.parameter.Parameters;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Parameters, which the node answers itself on every graph: another node reads, sets and hears of them. */
@SuppressWarnings("try") // services are there to be asked, by another node
interface ParameterContract extends ContractNodes {

  @Test
  default void parametersAreReadAndSetInBothDirections() throws Exception {
    RobotGraph left = node("left");
    RobotGraph right = node("right");
    try (ParameterServices leftServices = new ParameterServices(left, Parameters.defaults(), refusal -> {});
        ParameterServices rightServices = new ParameterServices(right, Parameters.defaults(), refusal -> {})) {
      assertEquals(25.0, setAndGet(left, "/right", "control_rate", ParameterValue.of(25.0)).doubleValue());
      assertEquals("heun", setAndGet(right, "/left", "solver", ParameterValue.of("heun")).stringValue());
    }
  }

  private static ParameterValue setAndGet(RobotGraph asker, String node, String name, ParameterValue value) throws Exception {
    var set = asker.client(node + "/set_parameters", SetParameters.TYPE);
    var get = asker.client(node + "/get_parameters", GetParameters.TYPE);
    Await.until("the parameters are served", () -> set.available() && get.available());
    assertEquals(List.of(SetParametersResult.SUCCESS),
        set.call(new SetParameters.Request(List.of(new Parameter(name, value)))).get(20, TimeUnit.SECONDS).results());
    return get.call(new GetParameters.Request(List.of(name))).get(20, TimeUnit.SECONDS).values().get(0);
  }

  @Test
  default void whatIsWrongIsRefusedWithAReasonAndWhatChangesIsTold() throws Exception {
    RobotGraph other = node("other");
    List<ParameterEvent> events = Collections.synchronizedList(new ArrayList<>());
    Subscription told = other.subscribe("/parameter_events", ParameterEvent.TYPE, RELIABLE_100, events::add);
    RobotGraph policy = node("policy");
    try (ParameterServices services = new ParameterServices(policy, Parameters.defaults(), refusal -> {})) {
      var client = other.client("/policy/set_parameters", SetParameters.TYPE);
      Await.until("the parameters are served", () -> client.available() && told.publishers() == 1);
      List<SetParametersResult> results = client.call(new SetParameters.Request(List.of(
          new Parameter("control_rate", ParameterValue.of(-1.0)), new Parameter("shadow", ParameterValue.of(true))))).get(20, TimeUnit.SECONDS).results();
      assertTrue(!results.get(0).successful() && results.get(0).reason().contains("control_rate"), results.get(0).reason());
      assertTrue(results.get(1).successful());
      Await.until("the change is told", () -> List.copyOf(events).stream().anyMatch(event -> event.node().equals("/policy")
          && event.changedParameters().stream().anyMatch(changed -> changed.name().equals("shadow") && changed.value().boolValue())));
    }
  }
}
