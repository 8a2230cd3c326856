package flowmatching.hub;

/** Hears how far a download or upload is. Called from several threads. */
public interface TransferListener {
  /** Hears nothing. */
  TransferListener NONE = new TransferListener() {
    @Override
    public void begin(String what, long bytes) {}

    @Override
    public void moved(long bytes) {}

    @Override
    public void end() {}
  };

  /**
   * @param what for example {@code model user/name}
   * @param bytes that will be moved at most
   */
  void begin(String what, long bytes);

  /** @param bytes since the last call; negative where a file starts over */
  void moved(long bytes);

  void end();
}
