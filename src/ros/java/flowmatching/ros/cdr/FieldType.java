package flowmatching.ros.cdr;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The type of a field.
 *
 * @param base a primitive, {@code string}, or the full name of an interface
 * @param stringBound most bytes of a {@code string}, 0 where there is no limit
 * @param shape one value, or how many
 * @param capacity values of an array, most values of a bounded sequence, else 0
 */
record FieldType(String base, int stringBound, Shape shape, int capacity) {
  /** How many values a field has. Each adds a number to the type's id in a type description. */
  enum Shape {
    SINGLE(0), ARRAY(48), BOUNDED_SEQUENCE(96), SEQUENCE(144);

    final int id;

    Shape(int id) {
      this.id = id;
    }
  }

  static final String STRING = "string";
  private static final int NESTED_ID = 1;
  private static final int STRING_ID = 17;
  private static final int BOUNDED_STRING_ID = 21;
  private static final Pattern SYNTAX = Pattern.compile("([\\w/]+)(?:<=(\\d+))?(?:\\[(<=)?(\\d*)])?");

  /** From ROS's notation, for example {@code string<=256[<=10]}. */
  static FieldType parse(String text) {
    Matcher matcher = SYNTAX.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalStateException("not a field's type: " + text);
    }
    String count = matcher.group(4);
    Shape shape = count == null ? Shape.SINGLE
        : matcher.group(3) != null ? Shape.BOUNDED_SEQUENCE
        : count.isEmpty() ? Shape.SEQUENCE : Shape.ARRAY;
    return new FieldType(matcher.group(1), number(matcher.group(2)), shape, number(count));
  }

  private static int number(String text) {
    return text == null || text.isEmpty() ? 0 : Integer.parseInt(text);
  }

  /** The primitive that it is made of, or null. */
  Primitive primitive() {
    return Primitive.of(base);
  }

  /** Whether it is made of another interface. */
  boolean nested() {
    return primitive() == null && !base.equals(STRING);
  }

  /** The number that stands for it in a type description. */
  int id() {
    int element = nested() ? NESTED_ID
        : primitive() != null ? primitive().id
        : stringBound > 0 ? BOUNDED_STRING_ID : STRING_ID;
    return element + shape.id;
  }

  /** The same without the shape. */
  FieldType element() {
    return new FieldType(base, stringBound, Shape.SINGLE, 0);
  }
}
