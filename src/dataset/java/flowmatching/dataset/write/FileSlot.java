package flowmatching.dataset.write;

/**
 * The place of a file among those of its kind: {@code chunk-000/file-000}.
 *
 * @param chunk number of its directory
 * @param file its number there
 */
record FileSlot(int chunk, int file) {
  static final FileSlot FIRST = new FileSlot(0, 0);

  /** @param chunksSize files a directory */
  FileSlot next(int chunksSize) {
    return file + 1 < chunksSize ? new FileSlot(chunk, file + 1) : new FileSlot(chunk + 1, 0);
  }
}
