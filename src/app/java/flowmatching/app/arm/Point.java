package flowmatching.app.arm;

/** A place on the table, or a way on it; metres, x to the right and y away from the arm's base. */
record Point(double x, double y) {
  Point plus(Point way) {
    return new Point(x + way.x, y + way.y);
  }

  Point minus(Point from) {
    return new Point(x - from.x, y - from.y);
  }

  Point times(double factor) {
    return new Point(factor * x, factor * y);
  }

  double dot(Point other) {
    return x * other.x + y * other.y;
  }

  double length() {
    return Math.hypot(x, y);
  }

  double distance(Point other) {
    return minus(other).length();
  }

  /** The direction, of length 1; none of this point is the origin itself. */
  Point direction() {
    return length() == 0 ? this : times(1 / length());
  }

  /** Turned by a quarter to the left. */
  Point left() {
    return new Point(-y, x);
  }

  /** As far as {@code longest} in its direction, or less where it is shorter. */
  Point atMost(double longest) {
    return length() <= longest ? this : times(longest / length());
  }

  /** In polar coordinates around the arm's base; 0 degrees is to the right. */
  static Point polar(double radius, double degrees) {
    return new Point(radius * Math.cos(Math.toRadians(degrees)), radius * Math.sin(Math.toRadians(degrees)));
  }
}
