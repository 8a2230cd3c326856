package flowmatching.app.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TextTableTest {
  @Test
  void textStandsToTheLeftAndNumbersToTheRight() {
    TextTable table = new TextTable("joint", "position", "z");
    table.row("shoulder", "-12.5000", "-");
    table.row("elbow", "3.0", "1.25");
    assertEquals("""
        joint     position     z
        shoulder  -12.5000     -
        elbow          3.0  1.25
        """, table.toString());
  }

  @Test
  void charactersThatCouldOrderTheTerminalAreShownAsQuestionMarks() {
    TextTable table = new TextTable("name");
    table.row("a\u001b[2J\nb");
    assertEquals("name\na?[2J?b\n", table.toString());
  }
}
