package flowmatching.ros.cdr;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import flowmatching.BadInputException;
import flowmatching.ros.message.DiagnosticArray;
import flowmatching.ros.message.DiagnosticStatus;
import flowmatching.ros.message.Duration;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.JointTrajectory;
import flowmatching.ros.message.JointTrajectoryPoint;
import flowmatching.ros.message.KeyValue;
import flowmatching.ros.message.MessageType;
import flowmatching.ros.message.Time;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Damaged bytes are a message or a {@link BadInputException}, cost no more memory than their length allows, and end soon. */
class MessageCodecFuzzTest {
  private static final int ROUNDS = 20_000;
  /** A list of empty strings is the worst: 4 bytes on the wire, and in Java a place in two arrays. */
  private static final int MOST_BYTES_FOR_ONE = 32;
  private static final int BYTES_FOR_ERRORS = 16 * 1024;
  /** Rounds in which classes are loaded. */
  private static final int WARM_UP = 1000;

  private record Case<M>(MessageType<M> type, M message) {}

  static Stream<Case<?>> messages() {
    Header header = new Header(new Time(7, 8), "base");
    double[] numbers = {1, 2, 3};
    return Stream.of(
        new Case<>(Image.TYPE, new Image(header, 2, 2, "rgb8", false, 6, new byte[12])),
        new Case<>(JointTrajectory.TYPE, new JointTrajectory(header, List.of("a", "b"), List.of(
            new JointTrajectoryPoint(numbers, numbers, new double[0], numbers, Duration.ZERO),
            new JointTrajectoryPoint(numbers, new double[0], numbers, numbers, Duration.ZERO)))),
        new Case<>(DiagnosticArray.TYPE, new DiagnosticArray(header, List.of(
            new DiagnosticStatus((byte) 1, "name", "message", "", List.of(new KeyValue("k", "v"), new KeyValue("", "")))))));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void damagedBytesAreRefusedOrRead(Case<?> fuzzed) {
    assertTimeoutPreemptively(java.time.Duration.ofSeconds(60), () -> fuzz(fuzzed));
  }

  private static <M> void fuzz(Case<M> fuzzed) {
    MessageCodec<M> codec = new MessageCodec<>(fuzzed.type().name(), fuzzed.type().javaClass());
    ByteBuffer written = codec.write(fuzzed.message());
    byte[] whole = new byte[written.remaining()];
    written.get(whole);
    Random random = new Random(1);
    ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] damaged = damage(whole, random);
      long before = memory.getCurrentThreadAllocatedBytes();
      try {
        codec.read(ByteBuffer.wrap(damaged));
      } catch (BadInputException e) {
        refused++;
      }
      long allocated = memory.getCurrentThreadAllocatedBytes() - before;
      assertTrue(round < WARM_UP || allocated < BYTES_FOR_ERRORS + (long) MOST_BYTES_FOR_ONE * damaged.length,
          () -> allocated + " bytes for " + Arrays.toString(damaged));
    }
    int count = refused;
    assertTrue(count > ROUNDS / 4, () -> "only " + count + " refused");
  }

  private static byte[] damage(byte[] whole, Random random) {
    byte[] bytes = Arrays.copyOf(whole, random.nextBoolean() ? whole.length : random.nextInt(whole.length + 1));
    for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(bytes.length < 4 ? 2 : 3)) {
        case 0 -> bytes[at] = (byte) random.nextInt();
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        default -> ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN) // a lying length
            .putInt(Math.min(at & ~3, bytes.length - 4), random.nextInt() >> random.nextInt(32));
      }
    }
    return bytes;
  }
}
