package flowmatching.ros.parameter;

import flowmatching.BadInputException;
import flowmatching.SimilarNames;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * The values of a node's parameters. Sets are all or nothing: either every value of a set is taken, or the first one that is
 * wrong is named and none is. Safe for use by several threads.
 */
public final class Parameters {
  private final Map<String, ParameterDefinition> definitions;
  private final List<Consumer<Parameters>> checks = new CopyOnWriteArrayList<>();
  private final List<BiConsumer<Parameters, Set<String>>> listeners = new CopyOnWriteArrayList<>();
  private volatile Map<String, Object> values;

  private Parameters(Map<String, ParameterDefinition> definitions, Map<String, Object> values) {
    this.definitions = definitions;
    this.values = values;
  }

  /** The shipped parameters at their defaults. */
  public static Parameters defaults() {
    return with(Map.of());
  }

  /**
   * The shipped parameters, some with other values than the default; read-only ones among them.
   *
   * @throws BadInputException where a name is unknown or a value not allowed
   */
  public static Parameters with(Map<String, ?> given) {
    return with(ParameterFile.shipped(), given);
  }

  static Parameters with(Map<String, ParameterDefinition> definitions, Map<String, ?> given) {
    Map<String, Object> values = new LinkedHashMap<>();
    definitions.forEach((name, definition) -> values.put(name, definition.defaultValue()));
    Parameters parameters = new Parameters(definitions, values);
    given.forEach((name, value) -> values.put(name, parameters.definition(name).check(value)));
    return parameters;
  }

  /** The values as they are now, which later sets do not change; it has no checks and no listeners. */
  public Parameters copy() {
    return new Parameters(definitions, values);
  }

  /** What parameters there are, by name. */
  public Map<String, ParameterDefinition> definitions() {
    return definitions;
  }

  /** @throws BadInputException where there is no parameter of that name */
  public ParameterDefinition definition(String name) {
    ParameterDefinition definition = definitions.get(name);
    if (definition == null) {
      throw new BadInputException("there is no parameter '" + ParameterType.shown(name) + "'"
          + SimilarNames.hint(ParameterType.shown(name), definitions.keySet()));
    }
    return definition;
  }

  /** The value of a parameter of any type. */
  public Object value(String name) {
    definition(name);
    return values.get(name);
  }

  public boolean bool(String name) {
    return (Boolean) value(name);
  }

  public long integer(String name) {
    return (Long) value(name);
  }

  public double number(String name) {
    return (Double) value(name);
  }

  public String text(String name) {
    return (String) value(name);
  }

  /**
   * Sets several parameters at once, then tells the listeners. A read-only parameter may be given the value that it has, so that
   * what {@code ros2 param dump} wrote can be loaded again; nothing is set then.
   *
   * @throws BadInputException where a name is unknown, a value not allowed, a read-only parameter would change, or a check says no;
   *     nothing is changed then
   */
  public synchronized void set(Map<String, ?> changes) {
    Map<String, Object> next = new LinkedHashMap<>(values);
    Set<String> names = new HashSet<>();
    changes.forEach((name, value) -> {
      ParameterDefinition definition = definition(name);
      Object checked = definition.check(value);
      if (!definition.readOnly()) {
        names.add(name);
      } else if (!checked.equals(values.get(name))) {
        throw new BadInputException("parameter " + name + " is read-only: give it when the node starts");
      }
      next.put(name, checked);
    });
    Parameters proposed = new Parameters(definitions, next);
    checks.forEach(check -> check.accept(proposed));
    values = next;
    if (!names.isEmpty()) {
      listeners.forEach(listener -> listener.accept(this, Set.copyOf(names)));
    }
  }

  /** Asks {@code check} before each set: it sees the values as they would be and refuses by {@link BadInputException}. */
  public void check(Consumer<Parameters> check) {
    checks.add(check);
  }

  /** Tells {@code listener} after each set, on the thread that set; sets wait for it. */
  public void onChange(Consumer<Parameters> listener) {
    onSet((parameters, names) -> listener.accept(parameters));
  }

  /** Tells {@code listener} the same, and the names of the parameters that were set, be it to the value that they had. */
  public void onSet(BiConsumer<Parameters, Set<String>> listener) {
    listeners.add(listener);
  }
}
