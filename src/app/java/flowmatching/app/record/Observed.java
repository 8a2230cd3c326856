package flowmatching.app.record;

import flowmatching.image.RgbImage;
import java.util.Map;

/**
 * What a robot's sensors said at one moment.
 *
 * @param state joint positions in the data set's units
 * @param images by the data set's key
 */
record Observed(float[] state, Map<String, RgbImage> images) {}
