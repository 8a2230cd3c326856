package flowmatching.image;

import java.nio.FloatBuffer;

/**
 * Turns 8-bit pictures of any size into what a vision encoder takes: planes of red, green and blue, float, values 0 to 1.
 *
 * <p>Bilinear between pixel centres, no antialiasing, aspect not kept: {@code torch.nn.functional.interpolate(mode="bilinear",
 * align_corners=False)}, the policy's own resize. Reuses its tables while the size of the source stays the same; one object a camera
 * and thread.
 */
public final class NetworkImage {
  private static final float SCALE = 1 / 255f;

  private final int width;
  private final int height;
  private final float[] red;
  private final float[] green;
  private final float[] blue;
  private int sourceWidth;
  private int sourceHeight;
  private int[] left;
  private int[] right;
  private float[] leftWeight;
  private float[] rightWeight;

  /** A target of {@code width} by {@code height} pixels. */
  public NetworkImage(int width, int height) {
    this.width = width;
    this.height = height;
    red = new float[width];
    green = new float[width];
    blue = new float[width];
  }

  /** Writes {@code 3 * height * width} values (channel, row, column) at {@code offset} of {@code target}. */
  public void write(RgbImage image, FloatBuffer target, int offset) {
    if (image.width() != sourceWidth || image.height() != sourceHeight) {
      prepare(image.width(), image.height());
    }
    byte[] pixels = image.pixels();
    float scale = (float) sourceHeight / height;
    int stride = 3 * sourceWidth;
    for (int y = 0; y < height; y++) {
      float place = place(scale, y);
      int upper = Math.min((int) place, sourceHeight - 1);
      int lower = Math.min(upper + 1, sourceHeight - 1);
      float low = place - upper;
      row(pixels, upper * stride, lower * stride, (1 - low) * SCALE, low * SCALE);
      int at = offset + y * width;
      target.put(at, red, 0, width);
      target.put(at + width * height, green, 0, width);
      target.put(at + 2 * width * height, blue, 0, width);
    }
  }

  /** Where a target pixel's centre lies in the source, with the fused rounding of PyTorch's kernels. */
  private static float place(float scale, int index) {
    return Math.max(0, Math.fma(scale, index + 0.5f, -0.5f));
  }

  private void row(byte[] pixels, int upper, int lower, float upperWeight, float lowerWeight) {
    for (int x = 0; x < width; x++) {
      int a = upper + left[x];
      int b = upper + right[x];
      int c = lower + left[x];
      int d = lower + right[x];
      float w = leftWeight[x];
      float v = rightWeight[x];
      red[x] = upperWeight * (w * (pixels[a] & 0xff) + v * (pixels[b] & 0xff))
          + lowerWeight * (w * (pixels[c] & 0xff) + v * (pixels[d] & 0xff));
      green[x] = upperWeight * (w * (pixels[a + 1] & 0xff) + v * (pixels[b + 1] & 0xff))
          + lowerWeight * (w * (pixels[c + 1] & 0xff) + v * (pixels[d + 1] & 0xff));
      blue[x] = upperWeight * (w * (pixels[a + 2] & 0xff) + v * (pixels[b + 2] & 0xff))
          + lowerWeight * (w * (pixels[c + 2] & 0xff) + v * (pixels[d + 2] & 0xff));
    }
  }

  private void prepare(int newWidth, int newHeight) {
    sourceWidth = newWidth;
    sourceHeight = newHeight;
    left = new int[width];
    right = new int[width];
    leftWeight = new float[width];
    rightWeight = new float[width];
    float scale = (float) sourceWidth / width;
    for (int x = 0; x < width; x++) {
      float place = place(scale, x);
      int from = Math.min((int) place, sourceWidth - 1);
      left[x] = 3 * from;
      right[x] = 3 * Math.min(from + 1, sourceWidth - 1);
      rightWeight[x] = place - from;
      leftWeight[x] = 1 - rightWeight[x];
    }
  }
}
