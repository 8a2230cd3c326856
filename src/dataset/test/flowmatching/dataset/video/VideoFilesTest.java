package flowmatching.dataset.video;

import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_UNSPECIFIED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VideoFilesTest {
  private static final int FRAMES = 50;

  @TempDir Path directory;

  /** Frame i is so bright that no two are alike. */
  private Path greys(String name, int keyFrameEvery, int bFrames) {
    Path file = directory.resolve(name);
    int[][] colours = IntStream.range(0, FRAMES).mapToObj(i -> new int[] {20 + 4 * i, 128, 128}).toArray(int[][]::new);
    TestVideo.write(file, new TestVideo.Encoding("mpeg4", keyFrameEvery, bFrames, AVCOL_SPC_UNSPECIFIED), colours);
    return file;
  }

  private static int frameShown(RgbImage image) {
    return (int) Math.round((image.at(32, 32, 1) * 219 / 255.0 + 16 - 20) / 4);
  }

  @ParameterizedTest
  @CsvSource({"2, 0", "12, 0", "12, 2", "50, 2", "1, 0"})
  void everyFrameIsFoundInAnyOrderWithAndWithoutFramesThatAreDecodedOutOfOrder(int keyFrameEvery, int bFrames) {
    Path file = greys("grey.mp4", keyFrameEvery, bFrames);
    List<Integer> order = new ArrayList<>(IntStream.range(0, FRAMES).boxed().toList());
    try (VideoFiles videos = new VideoFiles()) {
      for (int round = 0; round < 4; round++) {
        for (int i : order) {
          assertEquals(i, frameShown(videos.frame(file, i / 10.0, 1e-4)), "round " + round);
        }
        Collections.shuffle(order, new Random(round));
      }
    }
  }

  @Test
  void aTimeBetweenTwoFramesIsRefusedAndTheNearestNamed() {
    Path file = greys("grey.mp4", 12, 0);
    try (VideoFiles videos = new VideoFiles()) {
      String message = assertThrows(BadInputException.class, () -> videos.frame(file, 1.23, 1e-4)).getMessage();
      assertTrue(message.contains("found the nearest at 1.2"), message);
      assertThrows(BadInputException.class, () -> videos.frame(file, 5.0, 1e-4), "past the end");
      assertThrows(BadInputException.class, () -> videos.frame(file, Double.NaN, 1e-4));
      assertThrows(BadInputException.class, () -> videos.frame(file, 1e300, 1e-4));
      assertEquals(12, frameShown(videos.frame(file, 1.23, 0.04)));
      assertEquals(7, frameShown(videos.frame(file, 0.7, 1e-4)), "a refusal leaves the video usable");
    }
  }

  /** Luma 81, blue 90, red 240: pure red in BT.601 (254, 0, 0), in BT.709 (277, 24, -2); swscale rounds down and clips. */
  @ParameterizedTest
  @CsvSource({"2, 253, 0, 0", "1, 255, 23, 0"})
  void theColourSpaceThatTheVideoNamesIsUsedAndBt601WhereItNamesNone(int colourSpace, int red, int green, int blue) {
    assertEquals(2, AVCOL_SPC_UNSPECIFIED);
    assertEquals(1, AVCOL_SPC_BT709);
    Path file = directory.resolve("red.mkv");
    TestVideo.write(file, new TestVideo.Encoding("ffv1", 1, 0, colourSpace), new int[][] {{81, 90, 240}});
    try (VideoFiles videos = new VideoFiles()) {
      RgbImage image = videos.frame(file, 0, 1e-4);
      assertArrayEquals(new int[] {red, green, blue}, new int[] {image.at(9, 9, 0), image.at(9, 9, 1), image.at(9, 9, 2)});
    }
  }

  @Test
  void aPlaylistThatPretendsToBeAVideoReachesNoNetwork() throws IOException {
    Path file = directory.resolve("list.mp4");
    Files.writeString(file, "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n");
    try (VideoFiles videos = new VideoFiles()) {
      assertThrows(BadInputException.class, () -> videos.frame(file, 0, 1e-4));
    }
  }

  /** FFmpeg follows it until the stack is full, which ends the process. */
  @Test
  void aListOfVideosThatNamesItselfIsRefused() throws IOException {
    Path file = directory.resolve("list.mp4");
    Files.writeString(file, "ffconcat version 1.0\nfile list.mp4\n");
    try (VideoFiles videos = new VideoFiles()) {
      String message = assertThrows(BadInputException.class, () -> videos.frame(file, 0, 1e-4)).getMessage();
      assertTrue(message.contains("list.mp4: cannot be opened as MP4 or Matroska"), message);
    }
  }

  @Test
  void aPathWithAColonIsAFile() throws IOException {
    Path file = directory.resolve("http:grey.mp4");
    Files.copy(greys("grey.mp4", 2, 0), file);
    try (VideoFiles videos = new VideoFiles()) {
      assertEquals(3, frameShown(videos.frame(file, 0.3, 1e-4)));
    }
  }
}
