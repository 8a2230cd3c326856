package flowmatching.image;

/** Changes the size of 8-bit pictures. */
public final class ImageResize {
  private ImageResize() {}

  /**
   * Resizes with a triangle filter that widens as the picture shrinks, so that no pixel is skipped: what recorders do (PIL's and
   * torchvision's antialiased bilinear).
   *
   * @return {@code image} itself where it has that size already
   */
  public static RgbImage antialiased(RgbImage image, int width, int height) {
    if (image.width() == width && image.height() == height) {
      return image;
    }
    Taps columns = Taps.triangle(image.width(), width);
    Taps rows = Taps.triangle(image.height(), height);
    int stride = 3 * image.width();
    byte[] source = image.pixels();
    float[] line = new float[stride];
    byte[] result = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      java.util.Arrays.fill(line, 0);
      for (int k = 0; k < rows.count(y); k++) {
        float weight = rows.weight(y, k);
        int from = (rows.first(y) + k) * stride;
        for (int i = 0; i < stride; i++) {
          line[i] += weight * (source[from + i] & 0xff);
        }
      }
      for (int x = 0; x < width; x++) {
        float red = 0.5f;
        float green = 0.5f;
        float blue = 0.5f;
        for (int k = 0; k < columns.count(x); k++) {
          float weight = columns.weight(x, k);
          int from = 3 * (columns.first(x) + k);
          red += weight * line[from];
          green += weight * line[from + 1];
          blue += weight * line[from + 2];
        }
        int to = 3 * (y * width + x);
        result[to] = (byte) Math.min(255, (int) red);
        result[to + 1] = (byte) Math.min(255, (int) green);
        result[to + 2] = (byte) Math.min(255, (int) blue);
      }
    }
    return new RgbImage(width, height, result);
  }

  /** For each target pixel the source pixels it is made of and their weights. */
  private record Taps(int[] first, float[][] weights) {
    static Taps triangle(int source, int target) {
      double scale = (double) source / target;
      double support = Math.max(scale, 1);
      int[] first = new int[target];
      float[][] weights = new float[target][];
      for (int i = 0; i < target; i++) {
        double center = (i + 0.5) * scale;
        first[i] = Math.max(0, (int) (center - support + 0.5));
        int end = Math.min(source, (int) (center + support + 0.5));
        weights[i] = new float[end - first[i]];
        double sum = 0;
        for (int k = 0; k < weights[i].length; k++) {
          double distance = Math.abs((first[i] + k - center + 0.5) / support);
          weights[i][k] = (float) Math.max(0, 1 - distance);
          sum += weights[i][k];
        }
        for (int k = 0; k < weights[i].length; k++) {
          weights[i][k] /= (float) sum;
        }
      }
      return new Taps(first, weights);
    }

    int first(int i) {
      return first[i];
    }

    int count(int i) {
      return weights[i].length;
    }

    float weight(int i, int k) {
      return weights[i][k];
    }
  }
}
