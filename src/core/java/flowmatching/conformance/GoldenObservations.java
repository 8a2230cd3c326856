package flowmatching.conformance;

import flowmatching.BadInputException;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.image.RgbImage;
import flowmatching.model.PolicyFeature;
import flowmatching.policy.Observation;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The inputs of a {@code golden.safetensors}, one observation after the other: pictures are uint8 NCHW named {@code in.KEY.u8}. */
public final class GoldenObservations {
  private final SafetensorsFile golden;
  private final int count;

  /** @throws BadInputException where it has no observation */
  public GoldenObservations(SafetensorsFile golden) {
    this.golden = golden;
    long[] shape = golden.entry("in.observation.state").shape();
    if (shape.length != 2 || shape[0] < 1) {
      throw new BadInputException(golden.path() + ": in.observation.state: expected [observations, values], found " + Arrays.toString(shape));
    }
    this.count = (int) shape[0];
  }

  /** Observations in the file. */
  public int count() {
    return count;
  }

  /** One observation with the pictures of some cameras. */
  public Observation get(int index, List<PolicyFeature> cameras) {
    Map<String, RgbImage> images = new HashMap<>();
    for (PolicyFeature camera : cameras) {
      String name = "in." + camera.key() + ".u8";
      long[] shape = golden.entry(name).shape();
      images.put(camera.key(), interleaved(part(name, index), (int) shape[3], (int) shape[2]));
    }
    return new Observation(images, part("in.observation.state", index));
  }

  /** One observation's share of a tensor whose first dimension is the batch. */
  public float[] part(String name, int index) {
    float[] values = golden.floats(name);
    int size = values.length / count;
    return Arrays.copyOfRange(values, index * size, (index + 1) * size);
  }

  private static RgbImage interleaved(float[] planes, int width, int height) {
    byte[] pixels = new byte[planes.length];
    int plane = width * height;
    for (int i = 0; i < planes.length; i++) {
      pixels[i % plane * 3 + i / plane] = (byte) (int) planes[i];
    }
    return new RgbImage(width, height, pixels);
  }
}
