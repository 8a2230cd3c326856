package flowmatching.inference.tensorrt;

import java.lang.reflect.Method;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * {@code delete} for TensorRT's objects: its C++ interface says so, and the presets have no method for it.
 *
 * <p>Runtime, engine and context inherit from {@code INoCopy}, whose first virtual function is the destructor. In the C++ ABI of
 * Linux (Itanium C++ ABI, 2.5.2) it has two entries at the beginning of the table: the second frees the object too.
 */
final class Destructor {
  private static final int DELETING = 1;

  private Destructor() {}

  static void delete(Pointer object) {
    if (object == null || object.isNull()) {
      return;
    }
    try (Owner owner = new Owner()) {
      long table = word(object.address(), 0);
      owner.take(object.address(), word(table, DELETING));
    }
    object.setNull();
  }

  private static long word(long address, long index) {
    return new At(address).get(index);
  }

  private static final class At extends LongPointer {
    At(long at) {
      super((Pointer) null);
      address = at;
    }
  }

  /** A pointer whose closing calls the function. */
  private static final class Owner extends Pointer {
    void take(long object, long function) {
      try {
        Method init = Pointer.class.getDeclaredMethod("init", long.class, long.class, long.class, long.class);
        init.setAccessible(true);
        init.invoke(this, object, 1L, object, function);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("this version of JavaCPP cannot delete TensorRT's objects", e);
      }
    }
  }
}
