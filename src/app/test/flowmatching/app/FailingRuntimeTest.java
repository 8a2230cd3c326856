package flowmatching.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.TestData;
import flowmatching.app.CommandLines.Outcome;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.inference.onnxruntime.OnnxRuntimeProvider;
import flowmatching.runtime.PolicySession;
import flowmatching.runtime.RuntimeOptions;
import flowmatching.runtime.RuntimeProvider;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that try runtimes, beside one that opens and fails in its first chunk, as a GPU's may. */
class FailingRuntimeTest {
  @TempDir Path services;
  private ClassLoader before;

  public static final class Failing implements RuntimeProvider {
    @Override
    public String name() {
      return "failing";
    }

    @Override
    public String description() {
      return "fails in its first chunk";
    }

    @Override
    public int rank() {
      return 1;
    }

    @Override
    public Availability probe() {
      return new Availability(true, "there");
    }

    @Override
    public PolicySession open(Checkpoint checkpoint, RuntimeOptions options) {
      PolicySession session = new OnnxRuntimeProvider().open(checkpoint, options);
      return (PolicySession) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {PolicySession.class}, (proxy, method, arguments) -> {
        if (method.getName().equals("integrate")) {
          throw new IllegalStateException("CUDA failed at capturing: out of memory");
        }
        try {
          return method.invoke(session, arguments);
        } catch (InvocationTargetException e) {
          throw e.getCause();
        }
      });
    }
  }

  @BeforeEach
  void provide() throws IOException {
    before = Thread.currentThread().getContextClassLoader();
    Path list = Files.createDirectories(services.resolve("META-INF/services")).resolve(RuntimeProvider.class.getName());
    Files.writeString(list, Failing.class.getName());
    Thread.currentThread().setContextClassLoader(new URLClassLoader(new URL[] {services.toUri().toURL()}, before));
  }

  @AfterEach
  void restore() {
    Thread.currentThread().setContextClassLoader(before);
  }

  @Test
  void theOthersAreTriedAllTheSame() {
    Path checkpoint = TestData.path("golden_checkpoint/checkpoints/000003/pretrained_model");
    Outcome outcome = CommandLines.run("runtimes", "--policy.path=" + checkpoint,
        "--dataset.root=" + TestData.path("datasets/reach_v30_image"), "--observations=1", "--threads=1");
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().lines().anyMatch(line -> line.matches("failing +no: CUDA failed at capturing: out of memory")), outcome.out());
    assertTrue(outcome.out().lines().anyMatch(line -> line.matches("onnxruntime +\\d+.*")), outcome.out());
  }
}
