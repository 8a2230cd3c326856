package flowmatching.ros.cdr;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * One component of a record. A number is fetched as {@code long} or {@code double}, so that writing makes no garbage.
 *
 * @param codec of its value
 * @param getter from the record, as an {@code Object}, to {@code long}, {@code double} or {@code Object}
 */
record MemberCodec(ValueCodec codec, MethodHandle getter) {
  static MemberCodec of(ValueCodec codec, MethodHandle accessor) {
    Class<?> fetched = !(codec instanceof PrimitiveCodec number) ? Object.class
        : number.primitive().floating() ? double.class : long.class;
    return new MemberCodec(codec, MethodHandles.explicitCastArguments(accessor, MethodType.methodType(fetched, Object.class)));
  }

  void write(CdrWriter out, Object record) {
    try {
      if (!(codec instanceof PrimitiveCodec number)) {
        codec.write(out, (Object) getter.invokeExact(record));
      } else if (number.primitive().floating()) {
        number.primitive().real(out, (double) getter.invokeExact(record));
      } else {
        number.primitive().integer(out, (long) getter.invokeExact(record));
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // accessors declare no checked exceptions
    }
  }
}
