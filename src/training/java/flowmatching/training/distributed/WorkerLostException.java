package flowmatching.training.distributed;

/** The processes of a run cannot go on together. */
public final class WorkerLostException extends RuntimeException {
  public WorkerLostException(String message, Throwable cause) {
    super(message + " (" + firstLine(cause) + ")", cause);
  }

  /** libtorch appends its whole stack. */
  private static String firstLine(Throwable cause) {
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
  }
}
