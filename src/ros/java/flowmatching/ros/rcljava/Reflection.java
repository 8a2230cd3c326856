package flowmatching.ros.rcljava;

import flowmatching.BadInputException;
import java.lang.invoke.MethodType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Calls methods by name: rcljava is there at run time only, in one of two dialects. */
final class Reflection {
  private Reflection() {}

  /** Whether there is a public method of this name. */
  static boolean has(Class<?> type, String name) {
    return Arrays.stream(type.getMethods()).anyMatch(method -> method.getName().equals(name));
  }

  /** Calls the method of an object. */
  static Object call(Object object, String name, Object... arguments) {
    return invoke(object.getClass(), object, name, arguments);
  }

  /** Calls a static method. */
  static Object callStatic(Class<?> type, String name, Object... arguments) {
    return invoke(type, null, name, arguments);
  }

  /** Whether the method, of this name, takes these arguments. */
  private static boolean takes(Method method, String name, Object... arguments) {
    Class<?>[] types = MethodType.methodType(void.class, method.getParameterTypes()).wrap().parameterArray();
    return method.getName().equals(name) && types.length == arguments.length
        && IntStream.range(0, types.length).allMatch(i -> types[i].isInstance(arguments[i]));
  }

  private static Object invoke(Class<?> type, Object object, String name, Object... arguments) {
    Method method = Arrays.stream(type.getMethods()).filter(known -> takes(known, name, arguments)).findFirst()
        .orElseThrow(() -> new BadInputException("rcljava: " + type.getName() + " has no method " + name + " that takes "
            + Arrays.toString(arguments) + "; known are the dialects of ros2-java/ros2_java and of osrf/ros2_java"));
    try {
      return method.invoke(object, arguments);
    } catch (InvocationTargetException e) {
      throw new BadInputException("rcljava: " + name + ": " + e.getCause(), e);
    } catch (IllegalAccessException e) {
      throw new BadInputException("rcljava: " + name + " of " + type.getName() + " cannot be called: " + e.getMessage(), e);
    }
  }
}
