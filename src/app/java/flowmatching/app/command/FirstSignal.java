package flowmatching.app.command;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Takes the first SIGINT or SIGTERM instead of Java, which would end the process with 130 or 143 whatever its commands return. From
 * then on Java takes them again.
 *
 * <p>{@code sun.misc.Signal} is in every JDK, but javac warns of it wherever it is named.
 */
final class FirstSignal implements AutoCloseable {
  private static final String SIGNAL = "sun.misc.Signal";
  private static final String HANDLER = "sun.misc.SignalHandler";

  private final Map<Object, Object> javas = new HashMap<>();
  private boolean given;

  /** @param handler takes the signal's number, on a thread of its own */
  FirstSignal(IntConsumer handler) {
    this(List.of("INT", "TERM"), handler);
  }

  /** The same for some signals alone, by their names. */
  FirstSignal(List<String> names, IntConsumer handler) {
    InvocationHandler mine = (proxy, method, arguments) -> switch (method.getName()) {
      case "handle" -> {
        take(arguments[0], handler);
        yield null;
      }
      case "equals" -> proxy == arguments[0];
      case "hashCode" -> System.identityHashCode(proxy);
      default -> "first signal";
    };
    try {
      Object proxy = Proxy.newProxyInstance(FirstSignal.class.getClassLoader(), new Class<?>[] {Class.forName(HANDLER)}, mine);
      for (String name : names) {
        Object signal = Class.forName(SIGNAL).getConstructor(String.class).newInstance(name);
        javas.put(signal, handle(signal, proxy));
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }

  private void take(Object signal, IntConsumer handler) {
    giveBack();
    try {
      handler.accept((Integer) Class.forName(SIGNAL).getMethod("getNumber").invoke(signal));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Object handle(Object signal, Object handler) throws ReflectiveOperationException {
    try {
      return Class.forName(SIGNAL).getMethod("handle", Class.forName(SIGNAL), Class.forName(HANDLER)).invoke(null, signal, handler);
    } catch (InvocationTargetException e) { // a JVM with -Xrs leaves signals to the system
      return null;
    }
  }

  private synchronized void giveBack() {
    if (given) {
      return;
    }
    given = true;
    javas.forEach((signal, before) -> {
      try {
        if (before != null) {
          handle(signal, before);
        }
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    });
  }

  @Override
  public void close() {
    giveBack();
  }
}
