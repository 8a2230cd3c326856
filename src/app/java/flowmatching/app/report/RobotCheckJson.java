package flowmatching.app.report;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import flowmatching.ros.check.Finding;
import flowmatching.ros.check.Finding.Level;
import flowmatching.ros.check.JointValue;
import flowmatching.ros.check.RobotCheck;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** What a robot check saw and found, for a program. Times are in seconds; what is not known is null. */
public final class RobotCheckJson {
  private static final ObjectMapper MAPPER = new ObjectMapper()
      .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
      .registerModule(new SimpleModule().addSerializer(double.class, new Known()).addSerializer(Double.class, new Known()).addSerializer(new Word()));

  private RobotCheckJson() {}

  /** The same that {@link RobotCheckText} says. */
  public static ObjectNode of(RobotCheck check, List<Finding> findings) {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("robot", check.robot().name());
    json.put("fine", findings.stream().noneMatch(finding -> finding.level() == Level.ATTENTION));
    json.put("seconds", check.seen().seconds());
    json.put("simulated_time", check.seen().simulatedTime());
    json.set("cameras", MAPPER.valueToTree(check.seen().cameras()));
    json.set("state", MAPPER.valueToTree(check.seen().state().stream()));
    ArrayNode joints = json.putArray("joints");
    for (JointValue joint : check.joints()) {
      ObjectNode node = joints.addObject().put("name", joint.name());
      node.set("robot", MAPPER.valueToTree(joint.robot()));
      node.set("data_set", MAPPER.valueToTree(joint.dataSet()));
      node.set("z", MAPPER.valueToTree(joint.z()));
      node.put("outside", joint.outside());
      node.set("statistics", MAPPER.valueToTree(joint.statistics().orElse(null)));
    }
    json.set("clock", MAPPER.valueToTree(check.seen().clock()));
    json.put("command_topic", check.seen().commandTopic());
    json.set("controllers", MAPPER.valueToTree(check.seen().controllers()));
    json.set("endpoints", MAPPER.valueToTree(check.endpoints()));
    json.set("findings", MAPPER.valueToTree(findings));
    return json;
  }

  /** JSON has no NaN. */
  private static final class Known extends StdSerializer<Double> {
    private static final long serialVersionUID = 1;

    Known() {
      super(Double.class);
    }

    @Override
    public void serialize(Double value, JsonGenerator json, SerializerProvider provider) throws IOException {
      if (Double.isFinite(value)) {
        json.writeNumber(value);
      } else {
        json.writeNull();
      }
    }
  }

  @SuppressWarnings("rawtypes") // as Jackson passes them
  private static final class Word extends StdSerializer<Enum> {
    private static final long serialVersionUID = 1;

    Word() {
      super(Enum.class);
    }

    @Override
    public void serialize(Enum value, JsonGenerator json, SerializerProvider provider) throws IOException {
      json.writeString(value.name().toLowerCase(Locale.ROOT));
    }
  }
}
