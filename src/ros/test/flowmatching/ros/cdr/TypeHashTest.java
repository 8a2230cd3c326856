package flowmatching.ros.cdr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TypeHashTest {
  /** Hashes as ROS publishes them. {@link IndependentCodecTest} compares all others with another implementation. */
  @ParameterizedTest
  @CsvSource({
    "std_msgs/msg/String, RIHS01_df668c740482bbd48fb39d76a70dfd4bd59db1288021743503259e948f6b1a18",
    "sensor_msgs/msg/Image, RIHS01_d31d41a9a4c4bc8eae9be757b0beed306564f7526c88ea6a4588fb9582527d47"
  })
  void hashesAreThoseThatRosPublishes(String name, String hash) {
    assertEquals(hash, TypeHash.of(name));
  }

  @Test
  void anInterfaceThatTheTableLacksIsNamed() {
    assertEquals("no interface std_msgs/msg/Nothing in interfaces.txt",
        assertThrows(IllegalStateException.class, () -> TypeHash.of("std_msgs/msg/Nothing")).getMessage());
  }
}
