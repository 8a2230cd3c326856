package flowmatching.dataset;

import flowmatching.image.RgbImage;
import java.util.List;
import java.util.Map;

/**
 * One item of a data set: a frame and the neighbours that {@link DeltaTimestamps} asks for.
 *
 * @param index global index of the frame
 * @param episode its episode's number
 * @param frame its place in the episode
 * @param timestamp seconds from the episode's start
 * @param taskIndex number of its task
 * @param task what was being done
 * @param values numbers by feature key: one step behind the other, each of the feature's size
 * @param integers the same of the features that hold whole numbers, exactly; above 2^24 a float is not
 * @param images pictures by feature key, one a step
 * @param isPad by feature key of {@link DeltaTimestamps}, one a step: whether it lies outside the episode and repeats its edge
 */
public record Item(
    int index, int episode, int frame, float timestamp, int taskIndex, String task, Map<String, float[]> values,
    Map<String, long[]> integers, Map<String, List<RgbImage>> images, Map<String, boolean[]> isPad) {}
