package flowmatching.ros.rcljava;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import java.util.List;
import org.junit.jupiter.api.Test;

class RcljavaTest {
  /** As a library's class has them. */
  public static final class Library {
    public static String join(String left, String right) {
      return left + right;
    }

    public static String join(String left, boolean right) {
      return left + " if " + right;
    }

    public long size() {
      return 3;
    }

    public void fail() {
      throw new IllegalStateException("on purpose");
    }
  }

  @Test
  void withoutAWorkspaceItSaysWhatToSource() {
    String reason = assertThrows(BadInputException.class, () -> Rcljava.find("/nowhere/rcljava.jar::", "/nowhere")).getMessage();
    assertTrue(reason.contains("setup.bash") && reason.contains("--transport=rcl"), reason);
  }

  @Test
  void whatIsNoNodeIsRefused() {
    assertThrows(BadInputException.class, () -> RcljavaGraph.joinAs("a node", List.of(), false));
    assertThrows(BadInputException.class, () -> RcljavaGraph.joinAs(null, List.of(), false));
  }

  @Test
  void methodsAreFoundByNameAndArguments() {
    assertEquals("ab", Reflection.callStatic(Library.class, "join", "a", "b"));
    assertEquals("a if true", Reflection.callStatic(Library.class, "join", "a", true));
    assertEquals(3L, Reflection.call(new Library(), "size"));
    assertTrue(Reflection.has(Library.class, "join"));
    assertFalse(Reflection.has(Library.class, "leap"));
  }

  @Test
  void whatFailsSaysWhichMethodAndWhy() {
    assertTrue(reason("fail").contains("fail") && reason("fail").contains("on purpose"), reason("fail"));
    assertTrue(reason("leap").contains("no method leap"), reason("leap"));
    assertTrue(reason("size", 1).contains("no method size that takes [1]"), reason("size", 1));
  }

  private static String reason(String method, Object... arguments) {
    return assertThrows(BadInputException.class, () -> Reflection.call(new Library(), method, arguments)).getMessage();
  }
}
