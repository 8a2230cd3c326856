package flowmatching.dataset.write;

import flowmatching.checkpoint.NewFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Files that fill up one behind the other: a set's tables, or the videos of one camera. Each is replaced by a longer one, or a new one
 * begins where it would become too large or holds something else.
 */
final class FileSeries {
  private final Function<FileSlot, Path> path;
  private final Join join;
  private final long limit;
  private final int chunksSize;
  private FileSlot slot;
  private String kind;
  private double length;

  /** Puts files one behind the other. */
  interface Join {
    void join(List<Path> files, Path to) throws IOException;
  }

  /**
   * What is put behind the others.
   *
   * @param file holds one episode
   * @param length of the episode: rows, or seconds
   * @param kind only what is of one kind can be in one file
   */
  record Part(Path file, double length, String kind) {}

  /** Where a part was put: from and to are rows or seconds of the file. */
  record Place(FileSlot slot, double from, double to) {}

  /**
   * @param first the file to begin with
   * @param path of a file
   * @param limit bytes that a file may grow to
   */
  FileSeries(FileSlot first, Function<FileSlot, Path> path, Join join, long limit, int chunksSize) {
    this.slot = first;
    this.path = path;
    this.join = join;
    this.limit = limit;
    this.chunksSize = chunksSize;
  }

  /** Writes the parts and says where each is. */
  List<Place> append(List<Part> parts) throws IOException {
    List<Place> places = new ArrayList<>();
    List<Path> pending = new ArrayList<>();
    long bytes = 0;
    if (length > 0) {
      pending.add(path.apply(slot));
      bytes = Files.size(pending.get(0));
    }
    for (Part part : parts) {
      long size = Files.size(part.file);
      if (length > 0 && (bytes + size >= limit || !part.kind.equals(kind))) {
        write(pending);
        pending.clear();
        slot = slot.next(chunksSize);
        bytes = 0;
        length = 0;
      }
      places.add(new Place(slot, length, length + part.length));
      pending.add(part.file);
      kind = part.kind;
      bytes += size;
      length += part.length;
    }
    write(pending);
    return places;
  }

  private void write(List<Path> files) throws IOException {
    Path file = path.apply(slot);
    if (files.size() > 1) {
      NewFile.write(file, part -> join.join(files, part));
    } else if (!files.get(0).equals(file)) {
      NewFile.write(file, part -> Files.copy(files.get(0), part, StandardCopyOption.REPLACE_EXISTING));
    }
  }
}
