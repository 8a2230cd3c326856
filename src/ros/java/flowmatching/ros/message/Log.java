package flowmatching.ros.message;

/**
 * {@code rcl_interfaces/msg/Log}: one line of {@code /rosout}.
 *
 * @param stamp when it was written
 * @param level unsigned; {@link #DEBUG} to {@link #FATAL}
 * @param name of the logger: the node's full name with dots between its parts
 * @param msg the line
 * @param file where in the source it was written
 * @param function the method there
 * @param line the line there, unsigned
 */
public record Log(Time stamp, byte level, String name, String msg, String file, String function, int line) {
  public static final MessageType<Log> TYPE = new MessageType<>("rcl_interfaces/msg/Log", Log.class);

  public static final byte DEBUG = 10;
  public static final byte INFO = 20;
  public static final byte WARN = 30;
  public static final byte ERROR = 40;
  public static final byte FATAL = 50;
}
