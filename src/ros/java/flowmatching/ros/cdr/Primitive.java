package flowmatching.ros.cdr;

import java.util.Locale;

/** A value of fixed size in ROS's interface language. */
enum Primitive {
  INT8(1, 2), UINT8(1, 3), INT16(2, 4), UINT16(2, 5), INT32(4, 6), UINT32(4, 7), INT64(8, 8), UINT64(8, 9),
  FLOAT32(4, 10), FLOAT64(8, 11), BOOL(1, 15), BYTE(1, 16);

  /** Bytes on the wire, which is also its alignment. */
  final int size;
  /** The number that {@code type_description_interfaces/msg/FieldType} gives it. */
  final int id;

  Primitive(int size, int id) {
    this.size = size;
    this.id = id;
  }

  boolean floating() {
    return this == FLOAT32 || this == FLOAT64;
  }

  private boolean unsigned() {
    return this == UINT8 || this == BYTE || this == BOOL || this == UINT16 || this == UINT32;
  }

  /** The next integer, extended as its sign demands. */
  long integer(CdrReader in) {
    long value = switch (size) {
      case 1 -> in.int8();
      case 2 -> in.int16();
      case 4 -> in.int32();
      default -> in.int64();
    };
    return unsigned() ? value & -1L >>> 64 - 8 * size : value;
  }

  /** Writes the low bytes of {@code value}. */
  void integer(CdrWriter out, long value) {
    switch (size) {
      case 1 -> out.int8((byte) value);
      case 2 -> out.int16((short) value);
      case 4 -> out.int32((int) value);
      default -> out.int64(value);
    }
  }

  /** The next float or double. */
  double real(CdrReader in) {
    return this == FLOAT32 ? in.float32() : in.float64();
  }

  /** Writes a float or double. */
  void real(CdrWriter out, double value) {
    if (this == FLOAT32) {
      out.float32((float) value);
    } else {
      out.float64(value);
    }
  }

  /** The primitive of a ROS name, or null where the name means something else. */
  static Primitive of(String name) {
    for (Primitive primitive : values()) {
      if (primitive.toString().equals(name)) {
        return primitive;
      }
    }
    return null;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
