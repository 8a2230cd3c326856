package flowmatching;

/**
 * Input that cannot be used: a file, a flag, a message or a configuration.
 *
 * <p>The message is written for the person who can mend it. It names the file, key or topic, what was expected and what was
 * found. The command line prints it without a stack trace and exits with code 2.
 */
public class BadInputException extends RuntimeException {
  public BadInputException(String message) {
    super(message);
  }

  public BadInputException(String message, Throwable cause) {
    super(message, cause);
  }
}
