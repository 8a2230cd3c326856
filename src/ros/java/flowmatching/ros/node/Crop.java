package flowmatching.ros.node;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;

/**
 * The part of a camera's picture that the data set has.
 *
 * @param x first column, 0 or more
 * @param y first row, 0 or more
 * @param width columns, 1 or more
 * @param height rows, 1 or more
 */
public record Crop(int x, int y, int width, int height) {
  /** @throws BadInputException where a number is out of range */
  public Crop {
    if (x < 0 || y < 0 || width < 1 || height < 1) {
      throw new BadInputException(
          "crop must begin at 0 or later and have 1 or more pixels a side, found " + describe(x, y, width, height));
    }
  }

  /** Whether a picture of this size has the part. */
  public boolean fits(int pictureWidth, int pictureHeight) {
    return (long) x + width <= pictureWidth && (long) y + height <= pictureHeight;
  }

  /**
   * Cuts the part out.
   *
   * @throws BadInputException where the picture is too small
   */
  public RgbImage of(RgbImage image) {
    if (!fits(image.width(), image.height())) {
      throw new BadInputException("crop " + describe(x, y, width, height) + " does not lie in a picture of "
          + image.width() + "x" + image.height());
    }
    byte[] pixels = new byte[width * height * 3];
    for (int row = 0; row < height; row++) {
      System.arraycopy(image.pixels(), ((y + row) * image.width() + x) * 3, pixels, row * width * 3, width * 3);
    }
    return new RgbImage(width, height, pixels);
  }

  private static String describe(int x, int y, int width, int height) {
    return width + "x" + height + " at " + x + ", " + y;
  }
}
