package flowmatching.app.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.app.SuccessRate;
import flowmatching.app.bench.Comparison;
import flowmatching.app.bench.Growth;
import flowmatching.app.bench.Row;
import flowmatching.model.ModelSummary;
import java.util.List;
import java.util.Map;

/** What {@code bench} measured, for scripts. A figure that is not known is left out. */
public final class BenchJson {
  private BenchJson() {}

  /** Adds {@code cameras, gflop_per_chunk, float32_gflops, int8_gflops, read_gbps}, {@code bfloat16_gflops} where it was measured, and {@code rows}. */
  public static void add(Comparison comparison, ObjectNode node) {
    node.put("cameras", comparison.config().cameras().size());
    node.put("gflop_per_chunk", new ModelSummary(comparison.config()).flopsPerChunk() / 1e9);
    put(node, "float32_gflops", comparison.ceiling().float32());
    if (comparison.ceiling().halfIsMeasured()) {
      put(node, "bfloat16_gflops", comparison.ceiling().half());
    }
    put(node, "int8_gflops", comparison.ceiling().int8());
    put(node, "read_gbps", comparison.ceiling().memory());
    ArrayNode rows = node.putArray("rows");
    for (Row row : comparison.rows()) {
      ObjectNode json = rows.addObject().put("name", row.name());
      if (!row.took()) {
        json.put("absent", row.absent());
        continue;
      }
      json.put("description", row.description());
      row.samples().keySet().forEach(figure -> put(json, figure, row.median(figure)));
      put(json, "chunk_min_ms", row.min(Row.CHUNK));
      put(json, "chunk_p90_ms", row.percentile90(Row.CHUNK));
      put(json, "ratio", comparison.ratio(row));
      put(json, "relative_error", comparison.error(row));
      put(json, "first_chunk_ms", row.firstChunkMillis());
      put(json, "peak_resident_mib", row.peakResidentMebibytes());
      put(json, "roofline_ms", comparison.roofline(row));
    }
  }

  /** Adds {@code success} where it was counted: by runtime {@code episodes, successes, success_rate, low, high}. */
  public static void add(Map<String, SuccessRate> successes, ObjectNode node) {
    if (!successes.isEmpty()) {
      ObjectNode all = node.putObject("success");
      successes.forEach((runtime, rate) -> add(rate, all.putObject(runtime)));
    }
  }

  /** Adds {@code episodes, successes, success_rate}, and {@code low} and {@code high} of its 95 % interval. */
  public static ObjectNode add(SuccessRate rate, ObjectNode node) {
    return node.put("episodes", rate.episodes()).put("successes", rate.successes()).put("success_rate", rate.rate()).put("low", rate.low())
        .put("high", rate.high());
  }

  /** Adds {@code growth}: by size a list of {@code value, gflop} and each contestant's median chunk in ms. */
  public static void add(List<Growth> all, ObjectNode node) {
    ObjectNode sizes = node.putObject("growth");
    for (Growth growth : all) {
      ArrayNode points = sizes.putArray(growth.size());
      for (int i = 0; i < growth.values().size(); i++) {
        Comparison comparison = growth.comparisons().get(i);
        ObjectNode point = points.addObject().put("value", growth.values().get(i));
        point.put("gflop", new ModelSummary(comparison.config()).flopsPerChunk() / 1e9);
        ObjectNode chunks = point.putObject(Row.CHUNK);
        comparison.rows().forEach(row -> put(chunks, row.name(), row.median(Row.CHUNK)));
      }
    }
  }

  private static void put(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    }
  }
}
