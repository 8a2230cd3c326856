package flowmatching.training.telemetry;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/**
 * What the steps since the last log line did, with LeRobot's names.
 *
 * @param step steps done in the whole run
 * @param samples samples seen in the whole run, by all processes
 * @param episodes the same in episodes of average length
 * @param epochs the same in rounds through the data set
 * @param loss mean over the steps
 * @param gradientNorm mean over the steps, before clipping
 * @param learningRate of the last step
 * @param updateSeconds mean of a step, without waiting for data
 * @param dataSeconds mean of waiting for data in a step
 * @param samplesPerSecond of all processes
 */
public record TrainingMetrics(
    long step, long samples, double episodes, double epochs, double loss, double gradientNorm, double learningRate, double updateSeconds,
    double dataSeconds, double samplesPerSecond) {
  private static final String[] SUFFIXES = {"", "K", "M", "B", "T"};

  /** The values by LeRobot's names. */
  public ObjectNode toJson() {
    return JsonNodeFactory.instance.objectNode()
        .put("samples", samples).put("episodes", episodes).put("epochs", epochs).put("loss", loss).put("grad_norm", gradientNorm)
        .put("lr", learningRate).put("update_s", updateSeconds).put("dataloading_s", dataSeconds).put("samples_per_s", samplesPerSecond);
  }

  /** LeRobot's log line. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "step:%s smpl:%s ep:%s epch:%.2f loss:%.3f grdn:%.3f lr:%.1e updt_s:%.3f data_s:%.3f smp/s:%.0f",
        big(step), big(samples), big(episodes), epochs, loss, gradientNorm, learningRate, updateSeconds, dataSeconds, samplesPerSecond);
  }

  /** LeRobot's format_big_number: thousands as K, millions as M, without decimals. */
  private static String big(double number) {
    int suffix = 0;
    double left = number;
    while (Math.abs(left) >= 1000 && suffix < SUFFIXES.length - 1) {
      left /= 1000;
      suffix++;
    }
    return String.format(Locale.ROOT, "%.0f%s", left, SUFFIXES[suffix]);
  }
}
