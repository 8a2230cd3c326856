package flowmatching.ros.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParametersTest {
  private static void refuses(String reason, Runnable action) {
    String found = assertThrows(BadInputException.class, action::run).getMessage();
    assertTrue(found.contains(reason), found);
  }

  @Test
  void everyParameterStartsAtItsDefault() {
    Parameters parameters = Parameters.defaults();
    assertFalse(parameters.definitions().isEmpty());
    parameters.definitions().forEach((name, definition) -> assertEquals(definition.defaultValue(), parameters.value(name)));
    assertEquals(50.0, parameters.number("control_rate"));
    assertEquals(0, parameters.integer("threads"));
    assertEquals("auto", parameters.text("runtime"));
    assertFalse(parameters.bool("shadow"));
  }

  @Test
  void readOnlyParametersAreGivenAtTheStartAndKept() {
    Parameters parameters = Parameters.with(Map.of("autostart", true, "threads", 2));
    assertTrue(parameters.bool("autostart"));
    refuses("parameter autostart is read-only", () -> parameters.set(Map.of("autostart", false)));
    parameters.set(Map.of("autostart", true));
    assertEquals(2, parameters.integer("threads"));
  }

  @Test
  void valuesOfTheWrongTypeAreRefused() {
    Parameters parameters = Parameters.defaults();
    refuses("shadow must be of type bool, found string 'yes'", () -> parameters.set(Map.of("shadow", "yes")));
    refuses("execution_horizon must be of type integer, found double", () -> parameters.set(Map.of("execution_horizon", 3.0)));
    refuses("solver must be of type string", () -> parameters.set(Map.of("solver", 1)));
    parameters.set(Map.of("control_rate", 100));
    assertEquals(100.0, parameters.number("control_rate"));
  }

  @Test
  void valuesOutOfRangeAreRefusedWithTheRange() {
    Parameters parameters = Parameters.defaults();
    refuses("control_rate must be 0.1 to 10000.0, found '0.0'", () -> parameters.set(Map.of("control_rate", 0)));
    refuses("control_rate must be 0.1 to 10000.0, found 'NaN'", () -> parameters.set(Map.of("control_rate", Double.NaN)));
    refuses("solver must be euler, heun, found 'rk4'", () -> parameters.set(Map.of("solver", "rk4")));
    refuses("num_steps must be 0 to 1000, found '-1'", () -> parameters.set(Map.of("num_steps", -1)));
    refuses("there is no parameter 'speed'", () -> parameters.set(Map.of("speed", 1)));
    refuses("there is no parameter 'speed'", () -> Parameters.with(Map.of("speed", 1)));
  }

  @Test
  void severalAreSetTogetherOrNotAtAll() {
    Parameters parameters = Parameters.defaults();
    refuses("fade_ms", () -> parameters.set(Map.of("control_rate", 10, "fade_ms", -1, "shadow", true)));
    assertEquals(50.0, parameters.number("control_rate"));
    assertFalse(parameters.bool("shadow"));
    parameters.set(Map.of("control_rate", 10, "fade_ms", 0, "shadow", true));
    assertEquals(10.0, parameters.number("control_rate"));
    assertTrue(parameters.bool("shadow"));
  }

  @Test
  void aCheckSeesTheValuesAsTheyWouldBeAndMayRefuse() {
    Parameters parameters = Parameters.defaults();
    parameters.check(proposed -> {
      if (proposed.number("control_rate") > 100 && !proposed.bool("shadow")) {
        throw new BadInputException("too fast for a real robot");
      }
    });
    refuses("too fast", () -> parameters.set(Map.of("control_rate", 200)));
    parameters.set(Map.of("control_rate", 200, "shadow", true));
    assertEquals(200.0, parameters.number("control_rate"));
  }

  @Test
  void listenersHearOfEachSetOnceAndSeeTheNewValues() {
    Parameters parameters = Parameters.defaults();
    List<Double> heard = new ArrayList<>();
    parameters.onChange(changed -> heard.add(changed.number("control_rate")));
    parameters.set(Map.of("control_rate", 10, "shadow", true));
    assertThrows(BadInputException.class, () -> parameters.set(Map.of("control_rate", -1)));
    assertEquals(List.of(10.0), heard);
  }

  @Test
  void aReadOnlyParameterTakesTheValueThatItHasAndNobodyHearsOfIt() {
    Parameters parameters = Parameters.with(Map.of("threads", 2));
    List<Set<String>> heard = new ArrayList<>();
    parameters.onSet((changed, names) -> heard.add(names));
    parameters.set(Map.of("threads", 2));
    parameters.set(Map.of("threads", 2, "num_steps", 4));
    refuses("threads is read-only", () -> parameters.set(Map.of("threads", 1, "num_steps", 5)));
    assertEquals(List.of(Set.of("num_steps")), heard);
    assertEquals(4, parameters.integer("num_steps"));
  }

  @ParameterizedTest
  @CsvSource({"control_rate, 25, 25.0", "shadow, true, true", "num_steps, 4, 4", "solver, heun, heun"})
  void textOfACommandLineIsRead(String name, String text, String expected) {
    assertEquals(expected, Parameters.defaults().definition(name).parse(text).toString());
  }

  @ParameterizedTest
  @CsvSource({"control_rate, fast", "shadow, 1", "num_steps, 4.5", "solver, rk4", "control_rate, -1"})
  void textThatIsNoValueIsRefused(String name, String text) {
    refuses("parameter " + name, () -> Parameters.defaults().definition(name).parse(text));
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', value = {
    "a: {type: double, default: 1.0, description: x, unti: m}; unknown key 'unti'",
    "a: {type: number, default: 1.0, description: x}; must have type bool, integer, double or string",
    "a: {type: double, description: x}; needs a default",
    "a: {type: double, default: 1.0}; needs a default and a description",
    "a: {type: double, default: 1.0, range: [2, 3], description: x}; must be 2.0 to 3.0, found '1.0'"
  })
  void aMistakeInTheFileIsNamed(String yaml, String reason) {
    refuses(reason, () -> {
      try {
        ParameterFile.read("test.yaml", new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    });
  }
}
