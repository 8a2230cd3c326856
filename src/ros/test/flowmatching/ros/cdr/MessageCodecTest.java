package flowmatching.ros.cdr;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.ros.message.Header;
import flowmatching.ros.message.Image;
import flowmatching.ros.message.JointState;
import flowmatching.ros.message.Time;
import flowmatching.ros.message.Trigger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessageCodecTest {
  private static final MessageCodec<JointState> JOINTS = new MessageCodec<>("sensor_msgs/msg/JointState", JointState.class);
  private static final MessageCodec<Trigger.Response> ANSWER =
      new MessageCodec<>("std_srvs/srv/Trigger_Response", Trigger.Response.class);

  private static ByteBuffer hex(String bytes) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(bytes.replace(" ", "")));
  }

  private static <M> String written(MessageCodec<M> codec, M message) {
    ByteBuffer bytes = codec.write(message);
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return HexFormat.of().formatHex(copy);
  }

  @Test
  void valuesAreAlignedFromTheEndOfTheHeaderAndEmptySequencesHaveNoPadding() {
    JointState joints = new JointState(
        new Header(new Time(1, 2), "b"), List.of("a"), new double[] {1.0}, new double[0], new double[0]);
    String expected = "00010000" + "01000000" + "02000000" + "02000000" + "6200" + "0000" + "01000000" + "02000000" + "6100"
        + "0000" + "01000000" + "000000000000f03f" + "00000000" + "00000000";
    assertEquals(expected, written(JOINTS, joints));
    JointState read = JOINTS.read(hex(expected));
    assertEquals(joints.header(), read.header());
    assertEquals(joints.name(), read.name());
    assertArrayEquals(joints.position(), read.position());
  }

  @Test
  void bigEndianIsRead() {
    assertEquals(new Trigger.Response(true, "ab"), ANSWER.read(hex("00000000 01000000 00000003 616200")));
  }

  @Test
  void textOfEveryAlphabetComesThrough() {
    Trigger.Response answer = new Trigger.Response(false, "Griff öffnen 手 🤖");
    assertEquals(answer, ANSWER.read(ANSWER.write(answer)));
  }

  @Test
  void anInterfaceWithoutFieldsIsOneByte() {
    MessageCodec<Trigger.Request> request = new MessageCodec<>("std_srvs/srv/Trigger_Request", Trigger.Request.class);
    assertEquals("0001000000", written(request, new Trigger.Request()));
    assertEquals(new Trigger.Request(), request.read(hex("0001000000")));
  }

  @Test
  void theBufferOfALargeMessageServesTheNext() {
    MessageCodec<Image> images = new MessageCodec<>("sensor_msgs/msg/Image", Image.class);
    Image image = new Image(Header.EMPTY, 480, 640, "rgb8", false, 1920, new byte[921600]);
    ByteBuffer first = images.write(image);
    assertTrue(first.isDirect());
    assertSame(first, images.write(image));
    assertEquals(ByteOrder.LITTLE_ENDIAN, first.order());
    assertArrayEquals(image.data(), images.read(first).data());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "''                              | expected a header of 4 bytes, found 0",
    "000100                          | expected a header of 4 bytes, found 3",
    "00030000 01                     | expected encoding 0 or 1 (plain CDR), found 3",
    "00010000                        | expected 1 more bytes, found 0",
    "00010000 01000000 ffffffff      | a sequence says it has 4294967295 values",
    "00010000 01000000 ffffff7f 00   | a sequence says it has 2147483647 values",
    "00010000 01000000 02000000 6161 | does not end with 0",
    "00010000 01000000 02000000 6100 00000000 | 4 bytes are left behind the last value"
  })
  void bytesThatAreNoSuchMessageAreRefused(String bytes, String reason) {
    String message = assertThrows(BadInputException.class, () -> ANSWER.read(hex(bytes))).getMessage();
    assertTrue(message.startsWith("std_srvs/srv/Trigger_Response: ") && message.contains(reason), message);
  }

  @Test
  void whatDoesNotFitItsRecordIsNamed() {
    String message =
        assertThrows(IllegalStateException.class, () -> new MessageCodec<>("std_msgs/msg/Header", Time.class)).getMessage();
    assertEquals("int cannot carry builtin_interfaces/msg/Time", message);
    assertThrows(IllegalStateException.class, () -> new MessageCodec<>("builtin_interfaces/msg/Time", Trigger.Response.class));
    assertThrows(IllegalStateException.class, () -> new MessageCodec<>("builtin_interfaces/msg/Time", Trigger.Request.class));
  }

  @Test
  void everyMessageAndServiceThatIsDeclaredHasAnEntryThatFits() throws Exception {
    KnownInterfaces.records().forEach((name, record) -> assertDoesNotThrow(() -> new MessageCodec<>(name, record), name));
    assertTrue(KnownInterfaces.records().size() >= 9);
  }
}
