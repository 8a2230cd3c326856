package flowmatching.training.data;

/**
 * Changes of a picture, with the arithmetic of torchvision's functions of the same names (0.26, float tensors).
 *
 * <p>A picture is {@code height * width * 3} values from 0 to 1: rows, then pixels, then red, green, blue. Every method gives a new one.
 */
final class PictureChange {
  private final int width;
  private final int height;

  PictureChange(int width, int height) {
    this.width = width;
    this.height = height;
  }

  private static float clamped(double value) {
    return (float) Math.max(0, Math.min(1, value));
  }

  private static double grey(float[] picture, int at) {
    return 0.2989 * picture[at] + 0.587 * picture[at + 1] + 0.114 * picture[at + 2];
  }

  /** {@code adjust_brightness}: 0 is black, 1 leaves the picture. */
  float[] brightness(float[] picture, double factor) {
    float[] changed = new float[picture.length];
    for (int i = 0; i < picture.length; i++) {
      changed[i] = clamped(picture[i] * factor);
    }
    return changed;
  }

  /** {@code adjust_contrast}: 0 is the mean grey everywhere, 1 leaves the picture. */
  float[] contrast(float[] picture, double factor) {
    double mean = 0;
    for (int i = 0; i < picture.length; i += 3) {
      mean += grey(picture, i);
    }
    mean /= picture.length / 3;
    float[] changed = new float[picture.length];
    for (int i = 0; i < picture.length; i++) {
      changed[i] = clamped(factor * picture[i] + (1 - factor) * mean);
    }
    return changed;
  }

  /** {@code adjust_saturation}: 0 is grey, 1 leaves the picture. */
  float[] saturation(float[] picture, double factor) {
    float[] changed = new float[picture.length];
    for (int i = 0; i < picture.length; i++) {
      changed[i] = clamped(factor * picture[i] + (1 - factor) * grey(picture, i - i % 3));
    }
    return changed;
  }

  /** {@code adjust_hue}: turns the colours by a share of the circle, -0.5 to 0.5. */
  float[] hue(float[] picture, double turn) {
    float[] changed = new float[picture.length];
    for (int i = 0; i < picture.length; i += 3) {
      turnHue(picture, changed, i, turn);
    }
    return changed;
  }

  /** By way of hue, saturation and value. */
  private static void turnHue(float[] from, float[] to, int at, double turn) {
    double r = from[at];
    double g = from[at + 1];
    double b = from[at + 2];
    double value = Math.max(r, Math.max(g, b));
    double range = value - Math.min(r, Math.min(g, b));
    double saturation = value == 0 ? 0 : range / value;
    double hue = range == 0 ? 0 : value == r ? (g - b) / range : value == g ? 2 + (b - r) / range : 4 + (r - g) / range;
    double sixths = ((hue / 6 + 1 + turn) % 1) * 6;
    for (int channel = 0; channel < 3; channel++) {
      // Each channel is a trapezoid over the circle, a third of it apart: 5, 3 and 1 sixths.
      double k = (5 - 2 * channel + sixths) % 6;
      to[at + channel] = clamped(value - value * saturation * Math.max(0, Math.min(1, Math.min(k, 4 - k))));
    }
  }

  /** {@code adjust_sharpness}: 0 is blurred, 1 leaves the picture, 2 sharpens it; the outermost pixels stay. */
  float[] sharpness(float[] picture, double factor) {
    float[] changed = picture.clone();
    for (int row = 1; row < height - 1; row++) {
      for (int i = (row * width + 1) * 3; i < (row * width + width - 1) * 3; i++) {
        double sum = 4 * picture[i];
        for (int above = i - 3 * width; above <= i + 3 * width; above += 3 * width) {
          sum += picture[above - 3] + picture[above] + picture[above + 3];
        }
        changed[i] = clamped(factor * picture[i] + (1 - factor) * sum / 13);
      }
    }
    return changed;
  }

  /** {@code affine} without scale and shear, nearest pixel, black beside the picture: turns about the centre, then moves. */
  float[] affine(float[] picture, double degrees, int right, int down) {
    double cos = Math.cos(Math.toRadians(degrees));
    double sin = Math.sin(Math.toRadians(degrees));
    float[] changed = new float[picture.length];
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        double x = column + 0.5 - width / 2.0 - right;
        double y = row + 0.5 - height / 2.0 - down;
        int fromColumn = (int) Math.rint(cos * x + sin * y + width / 2.0 - 0.5);
        int fromRow = (int) Math.rint(-sin * x + cos * y + height / 2.0 - 0.5);
        if (fromColumn >= 0 && fromColumn < width && fromRow >= 0 && fromRow < height) {
          System.arraycopy(picture, (fromRow * width + fromColumn) * 3, changed, (row * width + column) * 3, 3);
        }
      }
    }
    return changed;
  }

  /** Moves the picture and repeats its edge where it has left: {@code pad} with mode edge, then {@code crop}. */
  float[] shift(float[] picture, int right, int down) {
    float[] changed = new float[picture.length];
    for (int row = 0; row < height; row++) {
      int fromRow = Math.max(0, Math.min(height - 1, row - down));
      for (int column = 0; column < width; column++) {
        int fromColumn = Math.max(0, Math.min(width - 1, column - right));
        System.arraycopy(picture, (fromRow * width + fromColumn) * 3, changed, (row * width + column) * 3, 3);
      }
    }
    return changed;
  }
}
