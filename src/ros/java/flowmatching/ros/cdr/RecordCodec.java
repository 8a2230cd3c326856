package flowmatching.ros.cdr;

import flowmatching.ros.cdr.InterfaceDefinition.Field;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;

/** An interface that a record carries: the record's components are the interface's fields, in order. */
final class RecordCodec implements ValueCodec {
  /** What an interface without fields sends: one byte. */
  private static final byte PLACEHOLDER = 0;

  private final MethodHandle constructor;
  private final MemberCodec[] members;

  RecordCodec(InterfaceDefinition definition, Class<?> record) {
    List<Field> fields = definition.fields();
    RecordComponent[] components = record.getRecordComponents();
    if (fields.size() != components.length) {
      throw new IllegalStateException(definition.name() + " has " + fields.size() + " fields, " + record + " has "
          + components.length + " components");
    }
    members = new MemberCodec[components.length];
    try {
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      for (int i = 0; i < members.length; i++) {
        members[i] = MemberCodec.of(ValueCodec.of(fields.get(i).type(), components[i].getGenericType()),
            lookup.unreflect(components[i].getAccessor()));
      }
      Class<?>[] types = Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      constructor = lookup.findConstructor(record, MethodType.methodType(void.class, types))
          .asSpreader(Object[].class, types.length)
          .asType(MethodType.methodType(Object.class, Object[].class));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(record + " must be a public record", e);
    }
  }

  @Override
  public Object read(CdrReader in) {
    Object[] values = new Object[members.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = members[i].codec().read(in);
    }
    if (values.length == 0) {
      in.int8();
    }
    try {
      return constructor.invokeExact(values);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // records declare no checked exceptions
    }
  }

  @Override
  public void write(CdrWriter out, Object value) {
    for (MemberCodec member : members) {
      member.write(out, value);
    }
    if (members.length == 0) {
      out.int8(PLACEHOLDER);
    }
  }

  @Override
  public int smallest() {
    return Math.max(1, Arrays.stream(members).mapToInt(member -> member.codec().smallest()).sum());
  }
}
