package flowmatching.ros.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import flowmatching.BadInputException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GraphNamesTest {
  @ParameterizedTest
  @CsvSource({
    "/, image, /image", "/, /image, /image", "/, ~/enable, /policy/enable",
    "/left, image, /left/image", "/left, camera/image, /left/camera/image", "/left, /image, /image",
    "/left/arm, ~/enable, /left/arm/policy/enable"
  })
  void namesAreExpandedAsRosDoes(String namespace, String name, String expected) {
    assertEquals(expected, GraphNames.of(namespace, "policy").resolve(name));
  }

  @ParameterizedTest
  @CsvSource({
    "image:=camera, image, /left/camera", "image:=/camera, /left/image, /camera", "/image:=/camera, image, /left/image",
    "~/enable:=start, ~/enable, /left/start", "policy:image:=camera, image, /left/camera",
    "other:image:=camera, image, /left/image"
  })
  void aRuleAppliesWhereItMatchesTheWholeName(String rule, String name, String expected) {
    assertEquals(expected, new GraphNames("/left", "policy", List.of(rule)).resolve(name));
  }

  @Test
  void theFirstRuleThatMatchesApplies() {
    assertEquals("/first", new GraphNames("/", "policy", List.of("b:=c", "a:=first", "a:=second")).resolve("a"));
  }

  @Test
  void aNameIsRemappedOnce() {
    assertEquals("/b", new GraphNames("/", "policy", List.of("a:=b", "b:=c")).resolve("a"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "~", "a//b", "a/", "1a", "a/1b", "a b", "a-b", "a~", "ä", "/~/a"})
  void namesThatRosForbidsAreRefused(String name) {
    assertThrows(BadInputException.class, () -> GraphNames.of("/", "policy").resolve(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a:=", ":=b", "a:=b:=c", "a=b", "a:=1"})
  void rulesThatAreNoRulesAreRefused(String rule) {
    assertThrows(BadInputException.class, () -> new GraphNames("/", "policy", List.of(rule)));
  }

  @Test
  void nodesNeedANameAndAnAbsoluteNamespace() {
    assertThrows(BadInputException.class, () -> GraphNames.of("/", "a/b"));
    assertThrows(BadInputException.class, () -> GraphNames.of("left", "policy"));
    assertThrows(BadInputException.class, () -> GraphNames.of("", "policy"));
    assertEquals("/left/policy", GraphNames.of("/left", "policy").fullName());
    assertEquals("/policy", GraphNames.of("/", "policy").fullName());
  }
}
