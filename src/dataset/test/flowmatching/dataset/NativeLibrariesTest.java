package flowmatching.dataset;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class NativeLibrariesTest {
  @Test
  void theyAreUnpackedOnAThreadThatWasInterruptedWhichItStaysAfter() {
    Thread.currentThread().interrupt();
    try {
      NativeLibraries.unpack("ffmpeg");
    } finally {
      assertTrue(Thread.interrupted());
    }
  }
}
