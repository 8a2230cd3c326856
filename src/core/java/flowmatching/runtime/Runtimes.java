package flowmatching.runtime;

import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.runtime.RuntimeProvider.Availability;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** The runtimes on the class path, and the choice among them. */
public final class Runtimes {
  /** Takes the usable runtime of the highest rank. */
  public static final String AUTO = "auto";

  private static final Logger LOG = LogManager.getLogger(Runtimes.class);

  private Runtimes() {}

  /**
   * Every runtime on the class path, highest rank first, usable or not: those that the thread's context class loader sees or, where it
   * sees none, as those of containers and of native threads do, those beside this class.
   */
  public static List<RuntimeProvider> all() {
    List<RuntimeProvider> seen = all(ServiceLoader.load(RuntimeProvider.class));
    return seen.isEmpty() ? all(ServiceLoader.load(RuntimeProvider.class, Runtimes.class.getClassLoader())) : seen;
  }

  private static List<RuntimeProvider> all(ServiceLoader<RuntimeProvider> services) {
    return services.stream()
        .map(ServiceLoader.Provider::get)
        .sorted(Comparator.comparingInt(RuntimeProvider::rank).reversed().thenComparing(RuntimeProvider::name))
        .toList();
  }

  /** A runtime whose libraries a program has left out of its class path cannot even look for them. */
  private static Availability probe(RuntimeProvider provider) {
    try {
      return provider.probe();
    } catch (LinkageError e) {
      return new Availability(false, "its libraries are not on the class path: " + e);
    }
  }

  /**
   * Opens a session and logs what runs and why. With {@link #AUTO} a runtime that turns out to be unusable is passed over.
   *
   * @param name of a runtime, or {@link #AUTO}
   * @throws UnusableRuntimeException where it cannot be used here; the message lists each with its reason
   * @throws BadInputException where none of that name is there, or the checkpoint or an option cannot be used
   */
  public static PolicySession open(String name, Checkpoint checkpoint, RuntimeOptions options) {
    List<String> reasons = new ArrayList<>();
    for (RuntimeProvider provider : all()) {
      if (!name.equals(AUTO) && !name.equals(provider.name())) {
        continue;
      }
      Availability found = probe(provider);
      if (found.usable()) {
        try {
          PolicySession session = provider.open(checkpoint, options);
          if (session.batch() != options.batch()) {
            session.close();
            throw new BadInputException("batch: runtime " + provider.name() + " takes one observation at a time, found " + options.batch());
          }
          LOG.info("runtime {}: {}", provider.name(), session.description());
          return session;
        } catch (UnusableRuntimeException e) {
          LOG.warn("runtime {} looked usable and is not: {}", provider.name(), e.getMessage());
          found = new Availability(false, e.getMessage());
        }
      }
      LOG.debug("runtime {} is not usable: {}", provider.name(), found.reason());
      reasons.add(provider.name() + ": " + found.reason());
    }
    if (reasons.isEmpty() && all().isEmpty()) {
      throw new BadInputException("runtime: expected one on the class path, found none; add flowmatching-inference, and where jars are merged keep "
          + "META-INF/services/" + RuntimeProvider.class.getName());
    }
    if (reasons.isEmpty()) {
      throw new BadInputException("runtime: expected auto or one of " + all().stream().map(RuntimeProvider::name).toList() + ", found '" + name + "'");
    }
    throw new UnusableRuntimeException("no runtime is usable here: " + String.join("; ", reasons));
  }

  /**
   * Two runtimes for a robot that must not wait.
   *
   * @param now those that open in seconds, the best first; it may turn out to be unusable
   * @param later what was wanted, which builds something first
   */
  public record Start(List<String> now, String later) {}

  /**
   * Whether the runtime that {@link #open} would take has something to build first, and what to begin with.
   *
   * @return empty where it has not, or where nothing else is usable and ready
   */
  public static Optional<Start> quickStart(String name, Checkpoint checkpoint, RuntimeOptions options) {
    Optional<RuntimeProvider> wanted =
        all().stream().filter(p -> name.equals(AUTO) || name.equals(p.name())).filter(p -> probe(p).usable()).findFirst();
    // One that cannot tell is opened, which says why.
    if (wanted.isEmpty() || ready(wanted.get(), checkpoint, options).orElse(true)) {
      return Optional.empty();
    }
    List<String> now = all().stream()
        .filter(p -> !p.name().equals(wanted.get().name()) && probe(p).usable() && ready(p, checkpoint, options).orElse(false))
        .map(RuntimeProvider::name).toList();
    return now.isEmpty() ? Optional.empty() : Optional.of(new Start(now, wanted.get().name()));
  }

  /** Empty where a runtime cannot tell: its libraries, the device or the checkpoint's files cannot be asked. */
  private static Optional<Boolean> ready(RuntimeProvider provider, Checkpoint checkpoint, RuntimeOptions options) {
    try {
      return Optional.of(provider.ready(checkpoint, options));
    } catch (LinkageError | IllegalStateException | BadInputException e) {
      LOG.debug("runtime {} cannot tell whether it is ready", provider.name(), e);
      return Optional.empty();
    }
  }
}
