package flowmatching.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.runtime.Runtimes.Start;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The choice among runtimes that are there, that are not usable, and that must build something first. */
class RuntimesTest {
  private static final RuntimeOptions OPTIONS = new RuntimeOptions(1, false);

  @TempDir Path directory;
  private ClassLoader before;

  /** A runtime that does nothing but to be chosen: opening it names it. */
  public abstract static class Fake implements RuntimeProvider {
    static boolean slowIsReady;
    private final String name;
    private final int rank;

    Fake(String name, int rank) {
      this.name = name;
      this.rank = rank;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public String description() {
      return name;
    }

    @Override
    public int rank() {
      return rank;
    }

    @Override
    public Availability probe() {
      return new Availability(true, "there");
    }

    @Override
    public PolicySession open(Checkpoint checkpoint, RuntimeOptions options) {
      throw new BadInputException("opened " + name);
    }
  }

  public static final class Missing extends Fake {
    public Missing() {
      super("missing", 400);
    }

    @Override
    public Availability probe() {
      return new Availability(false, "no driver");
    }
  }

  public static final class Deceptive extends Fake {
    public Deceptive() {
      super("deceptive", 300);
    }

    @Override
    public PolicySession open(Checkpoint checkpoint, RuntimeOptions options) {
      throw new UnusableRuntimeException("too little memory");
    }
  }

  public static final class Plain extends Fake {
    public Plain() {
      super("plain", 200);
    }
  }

  public static final class Slow extends Fake {
    public Slow() {
      super("slow", 100);
    }

    @Override
    public boolean ready(Checkpoint checkpoint, RuntimeOptions options) {
      return slowIsReady;
    }
  }

  /** Usable until it looks for what it has built. */
  public static final class Silent extends Fake {
    public Silent() {
      super("silent", 50);
    }

    @Override
    public boolean ready(Checkpoint checkpoint, RuntimeOptions options) {
      throw new UnsatisfiedLinkError("libnvinfer.so.10: cannot open shared object file");
    }
  }

  @BeforeEach
  void remember() {
    before = Thread.currentThread().getContextClassLoader();
    Fake.slowIsReady = false;
  }

  @AfterEach
  void restore() {
    Thread.currentThread().setContextClassLoader(before);
  }

  private void provide(Class<?>... providers) throws IOException {
    Path services = Files.createDirectories(directory.resolve("META-INF/services"));
    Files.write(services.resolve(RuntimeProvider.class.getName()), List.of(providers).stream().map(Class::getName).toList());
    Thread.currentThread().setContextClassLoader(new URLClassLoader(new URL[] {directory.toUri().toURL()}, before));
  }

  private static String opened(String name) {
    return assertThrows(BadInputException.class, () -> Runtimes.open(name, null, OPTIONS)).getMessage();
  }

  @Test
  void autoPassesOverWhatIsMissingAndWhatTurnsOutToBeUnusable() throws IOException {
    provide(Missing.class, Deceptive.class, Plain.class);
    assertEquals("opened plain", opened(Runtimes.AUTO));
  }

  @Test
  void whatWasAskedForByNameIsNeverReplaced() throws IOException {
    provide(Missing.class, Deceptive.class, Plain.class);
    assertEquals("no runtime is usable here: deceptive: too little memory", opened("deceptive"));
    assertEquals("no runtime is usable here: missing: no driver", opened("missing"));
    assertTrue(opened("other").contains("expected auto or one of [missing, deceptive, plain]"), opened("other"));
  }

  @Test
  void whileOneBuildsTheBestOfTheOthersBegins() throws IOException {
    provide(Missing.class, Plain.class, Slow.class);
    assertEquals(Optional.of(new Start(List.of("plain"), "slow")), Runtimes.quickStart("slow", null, OPTIONS));
    Fake.slowIsReady = true;
    assertEquals(Optional.empty(), Runtimes.quickStart("slow", null, OPTIONS));
  }

  @Test
  void nothingBeginsInItsPlaceWhereThereIsNothingToBuildOrNothingElse() throws IOException {
    provide(Missing.class, Plain.class, Slow.class);
    assertEquals(Optional.empty(), Runtimes.quickStart(Runtimes.AUTO, null, OPTIONS));
    assertEquals(Optional.empty(), Runtimes.quickStart("missing", null, OPTIONS));
    provide(Missing.class, Slow.class);
    assertEquals(Optional.empty(), Runtimes.quickStart(Runtimes.AUTO, null, OPTIONS));
  }

  @Test
  void aRuntimeThatCannotTellWhetherItIsReadyBeginsNothingAndIsOpenedWhereItIsWanted() throws IOException {
    provide(Plain.class, Slow.class, Silent.class);
    assertEquals(Optional.of(new Start(List.of("plain"), "slow")), Runtimes.quickStart("slow", null, OPTIONS));
    assertEquals(Optional.empty(), Runtimes.quickStart("silent", null, OPTIONS), "opening it says why it cannot");
  }
}
