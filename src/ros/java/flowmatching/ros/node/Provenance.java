package flowmatching.ros.node;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.ros.graph.Publisher;
import flowmatching.ros.graph.QualityOfService;
import flowmatching.ros.graph.RobotGraph;
import flowmatching.ros.message.StringMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;

/**
 * What exactly drives the robot, on {@code ~/provenance}: version, runtime, and the SHA-256 of every file that policy and robot
 * were read from. The hashes are computed beside everything else, so they come a moment after the policy.
 */
final class Provenance implements AutoCloseable {
  private static final int BLOCK = 1 << 18;

  private final String node;
  private final String robot;
  private final String robotFile;
  private final NodeLog log;
  private final Publisher<StringMessage> publisher;
  private final ExecutorService background;
  private volatile String weights;

  /**
   * @param robot name of the robot
   * @param robotFile what it was read from, where it is a file
   */
  Provenance(RobotGraph graph, String robot, String robotFile, NodeLog log, ThreadFactory threads) {
    node = graph.names().fullName();
    this.robot = robot;
    this.robotFile = robotFile;
    this.log = log;
    publisher = graph.advertise("~/provenance", StringMessage.TYPE, QualityOfService.LATCHED);
    background = Executors.newSingleThreadExecutor(work -> {
      Thread thread = threads.newThread(work);
      thread.setPriority(Thread.MIN_PRIORITY);
      return thread;
    });
  }

  /** The hash of the weights, null until it is known. */
  String weights() {
    return weights;
  }

  /** Publishes what there is to say of a policy, some time after this has returned. */
  void describe(LoadedPolicy policy, String path) {
    try {
      background.execute(() -> publish(policy, path));
    } catch (RejectedExecutionException e) {
      // The node is being closed: nobody wants to know any more.
    }
  }

  private void publish(LoadedPolicy policy, String path) {
    weights = null;
    ObjectNode report = JsonNodeFactory.instance.objectNode();
    String version = Provenance.class.getPackage().getImplementationVersion();
    report.put("node", node).put("version", version == null ? "development" : version).put("runtime", policy.runtime());
    ObjectNode files = report.putObject("policy").put("path", path).putObject("files");
    ObjectNode described = report.putObject("robot").put("name", robot);
    try {
      String first = null;
      for (Path file : policy.files()) {
        String hash = hash(file, files.putObject(file.getFileName().toString()));
        first = first == null ? hash : first;
      }
      if (isFile(robotFile)) {
        hash(Path.of(robotFile), described.put("path", robotFile));
      }
      weights = first;
      publisher.publish(new StringMessage(new ObjectMapper().writeValueAsString(report)));
    } catch (InterruptedIOException e) {
      Thread.currentThread().interrupt(); // the node is being closed
    } catch (IOException | RuntimeException e) {
      log.error("~/provenance could not be published: " + e);
    }
  }

  private static boolean isFile(String path) {
    try {
      return Files.isRegularFile(Path.of(path));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /** Adds size and hash of a file, or why there is none. */
  private static String hash(Path file, ObjectNode entry) throws InterruptedIOException {
    MessageDigest digest = sha256();
    byte[] block = new byte[BLOCK];
    long size = 0;
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(block); read >= 0; read = in.read(block)) {
        if (Thread.currentThread().isInterrupted()) {
          throw new InterruptedIOException();
        }
        digest.update(block, 0, read);
        size += read;
      }
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException();
      }
      entry.put("error", e.toString());
      return null;
    }
    String hash = HexFormat.of().formatHex(digest.digest());
    entry.put("sha256", hash).put("bytes", size);
    return hash;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  @Override
  public void close() {
    background.shutdownNow();
    publisher.close();
  }
}
