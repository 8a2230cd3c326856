package flowmatching.ros.cdr;

import flowmatching.BadInputException;
import java.nio.ByteBuffer;

/**
 * Turns messages into the bytes that ROS sends and back: CDR as XCDR version 1 defines it, behind a header of four bytes. Both
 * byte orders are read, little endian is written.
 *
 * <p>Not for several threads at once.
 *
 * @param <M> class of the messages
 */
public final class MessageCodec<M> {
  private final String name;
  private final Class<M> javaClass;
  private final RecordCodec codec;
  private final CdrWriter out = new CdrWriter();

  /**
   * @param name the interface, for example {@code sensor_msgs/msg/Image} or {@code std_srvs/srv/Trigger_Request}
   * @param javaClass the record that carries it
   * @throws IllegalStateException where the table of interfaces has no such name, or it does not fit the record
   */
  public MessageCodec(String name, Class<M> javaClass) {
    this.name = name;
    this.javaClass = javaClass;
    this.codec = new RecordCodec(InterfaceDefinition.of(name), javaClass);
  }

  /** The interface. */
  public String name() {
    return name;
  }

  /**
   * Reads a message. Its arrays are copies; nothing of {@code sample} is kept.
   *
   * @param sample header and body, from position 0 to the limit
   * @throws BadInputException where the bytes are not such a message, naming what is wrong
   */
  public M read(ByteBuffer sample) {
    try {
      CdrReader in = new CdrReader(sample);
      M message = javaClass.cast(codec.read(in));
      in.end();
      return message;
    } catch (BadInputException e) {
      throw new BadInputException(name + ": " + e.getMessage(), e);
    }
  }

  /**
   * Writes a message.
   *
   * @return header and body in a direct buffer, from position 0 to the limit; valid until the next call
   * @throws IllegalArgumentException where a string or sequence is longer than the interface allows
   */
  public ByteBuffer write(M message) {
    out.begin();
    codec.write(out, message);
    return out.end();
  }
}
