package flowmatching.training.data;

import flowmatching.image.RgbImage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Decoded pictures within a bound of memory; what was not looked at for longest goes first. Safe for use by several threads. */
final class PictureCache {
  private record Key(String camera, int index) {}

  private final long bound;
  private final Map<Key, RgbImage> pictures = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;
  private long hits;

  /** @param bound bytes of pixels at the most; 0 keeps nothing */
  PictureCache(long bound) {
    this.bound = bound;
  }

  /**
   * A picture, decoded where it is not here. Two threads that miss the same one both decode it.
   *
   * @param index global index of the frame
   */
  RgbImage get(String camera, int index, Supplier<RgbImage> decode) {
    Key key = new Key(camera, index);
    synchronized (this) {
      RgbImage known = pictures.get(key);
      if (known != null) {
        hits++;
        return known;
      }
    }
    RgbImage picture = decode.get();
    put(key, picture);
    return picture;
  }

  private synchronized void put(Key key, RgbImage picture) {
    if (picture.pixels().length > bound || pictures.putIfAbsent(key, picture) != null) {
      return;
    }
    bytes += picture.pixels().length;
    var oldest = pictures.entrySet().iterator();
    while (bytes > bound) {
      bytes -= oldest.next().getValue().pixels().length;
      oldest.remove();
    }
  }

  synchronized long bytes() {
    return bytes;
  }

  synchronized long hits() {
    return hits;
  }
}
