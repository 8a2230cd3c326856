package flowmatching.ros.cdr;

import flowmatching.ros.message.MessageType;
import flowmatching.ros.message.ServiceType;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Every message and service that {@code flowmatching.ros.message} declares, found in its classes, so that no list can go stale. */
final class KnownInterfaces {
  private KnownInterfaces() {}

  /** Record by the name of the interface that it carries. */
  static Map<String, Class<?>> records() throws Exception {
    Map<String, Class<?>> records = new TreeMap<>();
    for (Class<?> type : classes()) {
      for (Field field : type.getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers()) || !Modifier.isPublic(field.getModifiers())) {
          continue;
        }
        if (field.get(null) instanceof MessageType<?> message) {
          records.put(message.name(), message.javaClass());
        } else if (field.get(null) instanceof ServiceType<?, ?> service) {
          records.put(service.name() + "_Request", service.requestClass());
          records.put(service.name() + "_Response", service.responseClass());
        }
      }
    }
    return records;
  }

  private static Iterable<Class<?>> classes() throws Exception {
    Path folder = Path.of(MessageType.class.getResource("MessageType.class").toURI()).getParent();
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith(".class") && !file.contains("$"))
          .<Class<?>>map(file -> load(file.replace(".class", "")))
          .filter(type -> Modifier.isPublic(type.getModifiers()))
          .toList();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(MessageType.class.getPackageName() + "." + name);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
