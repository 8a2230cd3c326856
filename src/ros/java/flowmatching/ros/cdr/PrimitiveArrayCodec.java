package flowmatching.ros.cdr;

import java.lang.reflect.Array;

/**
 * Several numbers in a Java array. Bytes and doubles, which pictures and joints are made of, move as a block.
 *
 * @param type on the wire
 * @param javaType {@code byte[]}, {@code double[]}, or another array of primitives
 */
record PrimitiveArrayCodec(FieldType type, Class<?> javaType) implements ValueCodec {
  PrimitiveArrayCodec {
    if (type.primitive() == null || !javaType.isArray() || !javaType.getComponentType().isPrimitive()) {
      throw new IllegalStateException(javaType + " cannot carry " + type);
    }
    new PrimitiveCodec(type.primitive(), javaType.getComponentType()); // throws where they do not fit
  }

  @Override
  public Object read(CdrReader in) {
    int count = ValueCodec.readCount(in, type, type.primitive().size);
    if (javaType == byte[].class && type.primitive().size == 1) {
      return in.bytes(count);
    }
    if (javaType == double[].class && type.primitive() == Primitive.FLOAT64) {
      return in.float64s(count);
    }
    PrimitiveCodec element = new PrimitiveCodec(type.primitive(), javaType.getComponentType());
    Object values = Array.newInstance(javaType.getComponentType(), count);
    for (int i = 0; i < count; i++) {
      Array.set(values, i, element.read(in));
    }
    return values;
  }

  @Override
  public void write(CdrWriter out, Object value) {
    int count = Array.getLength(value);
    ValueCodec.writeCount(out, type, count);
    if (value instanceof byte[] bytes && type.primitive().size == 1) {
      out.bytes(bytes);
    } else if (value instanceof double[] doubles && type.primitive() == Primitive.FLOAT64) {
      out.float64s(doubles);
    } else {
      PrimitiveCodec element = new PrimitiveCodec(type.primitive(), javaType.getComponentType());
      for (int i = 0; i < count; i++) {
        element.write(out, Array.get(value, i));
      }
    }
  }

  @Override
  public int smallest() {
    return type.shape() == FieldType.Shape.ARRAY ? type.capacity() * type.primitive().size : Integer.BYTES;
  }
}
