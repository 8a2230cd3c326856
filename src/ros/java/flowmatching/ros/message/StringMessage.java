package flowmatching.ros.message;

/**
 * {@code std_msgs/msg/String}.
 *
 * @param data the text
 */
public record StringMessage(String data) {
  public static final MessageType<StringMessage> TYPE = new MessageType<>("std_msgs/msg/String", StringMessage.class);
}
