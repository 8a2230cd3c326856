package flowmatching.ros.cdr;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.Python;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares the codec with PyPI's {@code rosbags}, which shares no line with it. Needs Python; see {@link Python}. */
class IndependentCodecTest {
  private static final String SCRIPT = "src/testdata/tools/ros_messages.py";
  private static final String TABLE = "src/ros/resources/flowmatching/ros/cdr/interfaces.txt";

  @TempDir
  private static Path folder;

  /** What rosbags wrote: number of the file and hash, by name of the interface. */
  private static final Map<String, String[]> WRITTEN = new TreeMap<>();

  @BeforeAll
  static void letTheOtherCodecWrite() throws Exception {
    Python.assumeModule("rosbags");
    for (String line : Python.run(SCRIPT, "write", folder.toString(), TABLE).lines().toList()) {
      String[] words = line.split(" ");
      WRITTEN.put(words[1], words);
    }
  }

  @Test
  void everyInterfaceOfTheTableHasTheSameHash() {
    assertEquals(InterfaceDefinition.names(), List.copyOf(WRITTEN.keySet()));
    WRITTEN.forEach((name, words) -> assertEquals(words[2], TypeHash.of(name), name));
  }

  @Test
  void whatTheOtherWritesIsReadInBothByteOrdersAndWrittenTheSame() throws Exception {
    for (Map.Entry<String, Class<?>> known : KnownInterfaces.records().entrySet()) {
      List<byte[]> little = samples(known.getKey(), "little");
      List<byte[]> big = samples(known.getKey(), "big");
      assertTrue(little.size() > 10);
      for (int i = 0; i < little.size(); i++) {
        assertArrayEquals(little.get(i), again(known, little.get(i)), known.getKey() + HexFormat.of().formatHex(little.get(i)));
        assertArrayEquals(little.get(i), again(known, big.get(i)), known.getKey() + HexFormat.of().formatHex(big.get(i)));
      }
    }
  }

  @Test
  void whatIsWrittenHereTheOtherReads() throws Exception {
    Map<String, Class<?>> records = KnownInterfaces.records();
    for (Map.Entry<String, Class<?>> known : records.entrySet()) {
      Path file = folder.resolve(WRITTEN.get(known.getKey())[0] + ".java");
      try (OutputStream out = Files.newOutputStream(file)) {
        for (byte[] sample : samples(known.getKey(), "big")) {
          byte[] own = again(known, sample);
          out.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(own.length).array());
          out.write(own);
        }
      }
    }
    assertEquals(records.size(), Python.run(SCRIPT, "check", folder.toString(), TABLE).lines().count());
  }

  private static byte[] again(Map.Entry<String, Class<?>> known, byte[] sample) {
    return again(new MessageCodec<>(known.getKey(), known.getValue()), sample);
  }

  private static <M> byte[] again(MessageCodec<M> codec, byte[] sample) {
    ByteBuffer written = codec.write(codec.read(ByteBuffer.wrap(sample)));
    byte[] bytes = new byte[written.remaining()];
    written.get(bytes);
    return bytes;
  }

  private static List<byte[]> samples(String name, String suffix) throws Exception {
    assertTrue(WRITTEN.containsKey(name), () -> "the table of interfaces lacks " + name);
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(folder.resolve(WRITTEN.get(name)[0] + "." + suffix)))
        .order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> samples = new ArrayList<>();
    while (file.hasRemaining()) {
      byte[] sample = new byte[file.getInt()];
      file.get(sample);
      samples.add(sample);
    }
    return samples;
  }
}
