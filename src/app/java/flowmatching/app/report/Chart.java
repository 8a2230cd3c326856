package flowmatching.app.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** A chart of a report. Values that are not finite leave a gap. */
public final class Chart {
  private final ObjectNode json = new ObjectMapper().createObjectNode();
  private final ArrayNode series;

  private Chart(String kind, String title, String xLabel, String yLabel, double[] x) {
    json.put("kind", kind).put("title", title).put("xLabel", xLabel).put("yLabel", yLabel);
    fill(json.putArray("x"), x);
    series = json.putArray("series");
  }

  /** Lines over {@code x}, which rises. */
  public static Chart lines(String title, String xLabel, String yLabel, double[] x) {
    return new Chart("lines", title, xLabel, yLabel, x);
  }

  /** Bars at {@code x}, which rises. */
  public static Chart bars(String title, String xLabel, String yLabel, double[] x) {
    return new Chart("bars", title, xLabel, yLabel, x);
  }

  /** Adds a line, one value for each x. */
  public Chart line(String name, double[] values) {
    return add(name, values, false);
  }

  /** Adds a dashed line, one value for each x. */
  public Chart dashed(String name, double[] values) {
    return add(name, values, true);
  }

  private Chart add(String name, double[] values, boolean dashed) {
    ObjectNode node = series.addObject().put("name", name).put("dashed", dashed);
    fill(node.putArray("values"), values);
    return this;
  }

  private static void fill(ArrayNode into, double[] values) {
    for (double value : values) {
      if (Double.isFinite(value)) {
        into.add(value);
      } else {
        into.addNull();
      }
    }
  }

  ObjectNode toJson() {
    return json;
  }
}
