package flowmatching.ros.graph;

/**
 * A listener of the clock.
 *
 * @param remove takes it off the clock
 */
record StepListener(Runnable remove) implements Endpoint {
  static final String TOPIC = "/clock";

  @Override
  public String name() {
    return TOPIC;
  }

  @Override
  public void close() {
    remove.run();
  }
}
