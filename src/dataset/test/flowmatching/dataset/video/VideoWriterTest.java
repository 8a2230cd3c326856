package flowmatching.dataset.video;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import flowmatching.image.RgbImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VideoWriterTest {
  private static final int FPS = 10;

  @TempDir Path directory;

  /** A picture that shows its number, 0 to 63, in binary: six dark or bright stripes. */
  private static RgbImage picture(int width, int height, int number) {
    byte[] pixels = new byte[3 * width * height];
    for (int i = 0; i < pixels.length; i++) {
      int x = i / 3 % width;
      pixels[i] = (byte) ((number >> (6 * x / width) & 1) == 1 ? 200 : 50);
    }
    return new RgbImage(width, height, pixels);
  }

  private Path write(String name, int width, int height, int first, int frames) {
    Path file = directory.resolve(name);
    try (VideoWriter writer = new VideoWriter(file, width, height, FPS)) {
      for (int i = 0; i < frames; i++) {
        writer.add(picture(width, height, first + i));
      }
      writer.finish();
    }
    return file;
  }

  private static void assertShows(VideoFiles videos, Path file, int at, int width, int height, int number) {
    RgbImage found = videos.frame(file, at / (double) FPS, 1e-4);
    assertEquals(width, found.width());
    assertEquals(height, found.height());
    int shown = 0;
    for (int stripe = 0; stripe < 6; stripe++) {
      shown |= found.at(height / 2, (2 * stripe + 1) * width / 12, 1) > 125 ? 1 << stripe : 0;
    }
    assertEquals(number, shown, "frame " + at);
  }

  @ParameterizedTest
  @CsvSource({"96, 96, 30", "128, 96, 1", "64, 64, 2", "640, 480, 5", "34, 18, 7"})
  void everyFrameThatWentInComesOutAtItsTime(int width, int height, int frames) {
    Path file = write("a.mp4", width, height, 0, frames);
    assertEquals(frames / (double) FPS, VideoJoin.describe(file).seconds(), 1e-9);
    try (VideoFiles videos = new VideoFiles()) {
      for (int i = frames - 1; i >= 0; i--) {
        assertShows(videos, file, i, width, height, i);
      }
      assertThrows(BadInputException.class, () -> videos.frame(file, frames / (double) FPS, 1e-4));
    }
  }

  @Test
  void joinedVideosFollowEachOtherWithoutAGap() {
    Path joined = directory.resolve("joined.mp4");
    VideoJoin.join(List.of(write("a.mp4", 96, 64, 0, 7), write("b.mp4", 96, 64, 20, 4), write("c.mp4", 96, 64, 40, 1)), joined);
    assertEquals(1.2, VideoJoin.describe(joined).seconds(), 1e-9);
    int[] numbers = {0, 1, 2, 3, 4, 5, 6, 20, 21, 22, 23, 40};
    try (VideoFiles videos = new VideoFiles()) {
      for (int i = 0; i < numbers.length; i++) {
        assertShows(videos, joined, i, 96, 64, numbers[i]);
      }
    }
  }

  @Test
  void aCutVideoEndsWhereItWasToldTo() {
    Path cut = directory.resolve("cut.mp4");
    VideoJoin.cut(write("a.mp4", 96, 64, 0, 9), 0.1 + 0.1 + 0.1, cut);
    assertEquals(0.3, VideoJoin.describe(cut).seconds(), 1e-9);
    Path joined = directory.resolve("joined.mp4");
    VideoJoin.join(List.of(cut, write("b.mp4", 96, 64, 20, 2)), joined);
    try (VideoFiles videos = new VideoFiles()) {
      assertShows(videos, joined, 2, 96, 64, 2);
      assertShows(videos, joined, 3, 96, 64, 20);
      assertShows(videos, joined, 4, 96, 64, 21);
    }
  }

  @Test
  void videosOfAnotherSizeAreNotJoined() {
    List<Path> files = List.of(write("a.mp4", 96, 64, 0, 2), write("b.mp4", 64, 64, 0, 2));
    String message = assertThrows(BadInputException.class, () -> VideoJoin.join(files, directory.resolve("joined.mp4"))).getMessage();
    assertTrue(message.contains("b.mp4") && message.contains("av1 96x64") && message.contains("av1 64x64"), message);
  }

  @Test
  void picturesThatDoNotFitAreRefused() {
    Path file = directory.resolve("a.mp4");
    try (VideoWriter writer = new VideoWriter(file, 96, 64, FPS)) {
      assertThrows(BadInputException.class, () -> writer.add(picture(64, 96, 0)));
    }
    assertThrows(BadInputException.class, () -> new VideoWriter(file, 95, 64, FPS));
    Path nowhere = directory.resolve("no/such/directory/a.mp4");
    assertThrows(BadInputException.class, () -> new VideoWriter(nowhere, 96, 64, FPS));
    assertTrue(Files.notExists(nowhere.getParent()));
  }
}
