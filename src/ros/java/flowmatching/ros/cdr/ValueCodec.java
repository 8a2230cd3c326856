package flowmatching.ros.cdr;

import flowmatching.ros.cdr.FieldType.Shape;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;

/** Reads and writes what one field carries. */
interface ValueCodec {
  Object read(CdrReader in);

  void write(CdrWriter out, Object value);

  /** Fewest bytes that a value takes on the wire, padding not counted; at least 1. */
  int smallest();

  /**
   * The codec of a field.
   *
   * @param type what the field carries on the wire
   * @param javaType what carries it in Java: a primitive, {@code String}, a record, an array of primitives or a {@code List}
   * @throws IllegalStateException where the two do not fit
   */
  static ValueCodec of(FieldType type, Type javaType) {
    if (type.shape() != Shape.SINGLE) {
      return javaType instanceof ParameterizedType list && list.getRawType() == List.class
          ? new ListCodec(type, of(type.element(), list.getActualTypeArguments()[0]))
          : new PrimitiveArrayCodec(type, (Class<?>) javaType);
    }
    if (type.primitive() != null) {
      return new PrimitiveCodec(type.primitive(), (Class<?>) javaType);
    }
    if (!type.nested() && javaType == String.class) {
      return new StringCodec(type.stringBound());
    }
    if (type.nested() && javaType instanceof Class<?> record && record.isRecord()) {
      return new RecordCodec(InterfaceDefinition.of(type.base()), record);
    }
    throw new IllegalStateException(javaType + " cannot carry " + type.base());
  }

  /** Reads and writes how many values follow. */
  static int readCount(CdrReader in, FieldType type, int smallest) {
    return type.shape() == Shape.ARRAY ? type.capacity() : in.length(type.capacity(), smallest);
  }

  /** The counterpart of {@link #readCount}. */
  static void writeCount(CdrWriter out, FieldType type, int count) {
    if (type.shape() != Shape.ARRAY) {
      out.length(count, type.capacity());
    } else if (count != type.capacity()) {
      throw new IllegalArgumentException("expected an array of " + type.capacity() + " values, found " + count);
    }
  }

  /** Text. */
  record StringCodec(int bound) implements ValueCodec {
    @Override
    public Object read(CdrReader in) {
      return in.string(bound);
    }

    @Override
    public void write(CdrWriter out, Object value) {
      out.string((String) value, bound);
    }

    @Override
    public int smallest() {
      return Integer.BYTES;
    }
  }

  /** Several strings or structures. */
  record ListCodec(FieldType type, ValueCodec element) implements ValueCodec {
    @Override
    public Object read(CdrReader in) {
      int count = readCount(in, type, element.smallest());
      List<Object> values = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        values.add(element.read(in));
      }
      return List.copyOf(values);
    }

    @Override
    public void write(CdrWriter out, Object value) {
      List<?> values = (List<?>) value;
      writeCount(out, type, values.size());
      for (int i = 0; i < values.size(); i++) { // an index instead of an iterator: no garbage
        element.write(out, values.get(i));
      }
    }

    @Override
    public int smallest() {
      return type.shape() == Shape.ARRAY ? type.capacity() * element.smallest() : Integer.BYTES;
    }
  }
}
