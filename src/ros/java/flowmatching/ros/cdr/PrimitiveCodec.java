package flowmatching.ros.cdr;

import java.util.Set;

/**
 * One number, byte or truth value.
 *
 * @param primitive on the wire
 * @param javaType in Java; where it is narrower, the highest bits are dropped, as {@code uint32} in {@code int} demands
 */
record PrimitiveCodec(Primitive primitive, Class<?> javaType) implements ValueCodec {
  private static final Set<Class<?>> REALS = Set.of(double.class, Double.class, float.class, Float.class);
  private static final Set<Class<?>> INTEGERS = Set.of(boolean.class, Boolean.class, byte.class, Byte.class, short.class,
      Short.class, int.class, Integer.class, long.class, Long.class);

  PrimitiveCodec {
    if (!(primitive.floating() ? REALS : INTEGERS).contains(javaType)) {
      throw new IllegalStateException(javaType + " cannot carry " + primitive);
    }
  }

  @Override
  public Object read(CdrReader in) {
    if (primitive.floating()) {
      double value = primitive.real(in);
      return javaType == float.class || javaType == Float.class ? (Object) (float) value : (Object) value;
    }
    return box(primitive.integer(in));
  }

  private Object box(long value) {
    if (javaType == boolean.class || javaType == Boolean.class) {
      return value != 0;
    } else if (javaType == byte.class || javaType == Byte.class) {
      return (byte) value;
    } else if (javaType == short.class || javaType == Short.class) {
      return (short) value;
    } else if (javaType == int.class || javaType == Integer.class) {
      return (int) value;
    }
    return value;
  }

  @Override
  public void write(CdrWriter out, Object value) {
    if (value instanceof Boolean truth) {
      primitive.integer(out, truth ? 1 : 0);
    } else if (primitive.floating()) {
      primitive.real(out, ((Number) value).doubleValue());
    } else {
      primitive.integer(out, ((Number) value).longValue());
    }
  }

  @Override
  public int smallest() {
    return primitive.size;
  }
}
