package flowmatching.app.arm;

import flowmatching.image.RgbImage;

/**
 * Draws the table as a camera above it sees it. Every pixel takes the colours of the shapes that cover it, in proportion where an edge
 * runs through it, from the distance to the shape's outline; so pictures are the same on every machine.
 */
public final class ArmCamera {
  /** Width and height in pixels. */
  public static final int SIZE = 96;

  /** Metres a pixel; the picture's lower left corner. */
  private static final double SCALE = 0.62 / SIZE;
  private static final Point CORNER = new Point(-0.31, -0.13);

  private static final int[] TABLE = {214, 208, 196};
  private static final int[] BASE = {60, 60, 66};
  private static final int[] LINK = {52, 84, 150};
  private static final int[] TIP = {240, 200, 40};
  private static final int[] TARGET = {210, 40, 40};
  private static final int[] BLOCK = {40, 150, 70};

  private final byte[] pixels = new byte[3 * SIZE * SIZE];

  private ArmCamera() {}

  /** The picture of this moment. */
  public static RgbImage picture(ArmWorld world) {
    ArmCamera camera = new ArmCamera();
    for (int i = 0; i < camera.pixels.length; i++) {
      camera.pixels[i] = (byte) TABLE[i % 3];
    }
    Point base = new Point(0, 0);
    Point elbow = Kinematics.elbow(world.joints());
    Point tip = world.tip();
    // Larger than the block, so that it shows around it, and than a patch of a small vision transformer.
    camera.draw(world.target(), world.target(), 0.055, TARGET);
    world.block().ifPresent(block -> camera.draw(block, block, ArmWorld.BLOCK_RADIUS, BLOCK));
    camera.draw(base, elbow, 0.014, LINK);
    camera.draw(elbow, tip, 0.010, LINK);
    camera.draw(base, base, 0.03, BASE);
    camera.draw(elbow, elbow, 0.016, BASE);
    camera.draw(tip, tip, ArmWorld.TIP_RADIUS, TIP);
    return new RgbImage(SIZE, SIZE, camera.pixels);
  }

  /** Draws all that is within {@code radius} of a line, or of a point where both ends are one. */
  private void draw(Point from, Point to, double radius, int[] colour) {
    double reach = radius + SCALE;
    int left = column(Math.min(from.x(), to.x()) - reach);
    int right = column(Math.max(from.x(), to.x()) + reach);
    int top = row(Math.max(from.y(), to.y()) + reach);
    int bottom = row(Math.min(from.y(), to.y()) - reach);
    Point way = to.minus(from);
    double square = way.dot(way);
    for (int row = top; row <= bottom; row++) {
      for (int column = left; column <= right; column++) {
        double x = CORNER.x() + (column + 0.5) * SCALE - from.x();
        double y = CORNER.y() + (SIZE - row - 0.5) * SCALE - from.y();
        double along = square == 0 ? 0 : Math.max(0, Math.min((x * way.x() + y * way.y()) / square, 1));
        double distance = Math.hypot(x - along * way.x(), y - along * way.y());
        double covered = Math.max(0, Math.min((radius - distance) / SCALE + 0.5, 1));
        blend(3 * (row * SIZE + column), colour, covered);
      }
    }
  }

  private static int column(double x) {
    return (int) Math.max(0, Math.min(Math.floor((x - CORNER.x()) / SCALE), SIZE - 1));
  }

  private static int row(double y) {
    return (int) Math.max(0, Math.min(Math.floor(SIZE - (y - CORNER.y()) / SCALE), SIZE - 1));
  }

  private void blend(int at, int[] colour, double share) {
    for (int channel = 0; channel < 3; channel++) {
      int under = pixels[at + channel] & 0xff;
      pixels[at + channel] = (byte) Math.round(under + share * (colour[channel] - under));
    }
  }
}
