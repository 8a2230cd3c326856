package flowmatching.runtime;

import flowmatching.BadInputException;

/** A runtime that looked usable and is not: its libraries, its device or that device's memory. Another runtime may do. */
public class UnusableRuntimeException extends BadInputException {
  private static final long serialVersionUID = 1L;

  /** @param message one sentence: what was missing */
  public UnusableRuntimeException(String message) {
    super(message);
  }

  public UnusableRuntimeException(String message, Throwable cause) {
    super(message, cause);
  }
}
