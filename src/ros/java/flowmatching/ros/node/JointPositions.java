package flowmatching.ros.node;

import flowmatching.BadInputException;
import flowmatching.ros.message.JointState;
import java.util.List;

/** Takes some joints' positions out of messages that name them in any order, and others too. */
public final class JointPositions {
  private final List<String> joints;
  private final int[] places;
  private List<String> names;

  /** @param joints the ones to take, in order */
  public JointPositions(List<String> joints) {
    this.joints = List.copyOf(joints);
    this.places = new int[joints.size()];
  }

  /**
   * Reads a message.
   *
   * @param into takes a position for each joint, in the message's units
   * @throws BadInputException where a joint is missing or there twice, or the positions are not one a name
   */
  public void read(JointState message, float[] into) {
    find(message.name());
    if (message.position().length != names.size()) {
      throw new BadInputException("expected " + names.size() + " positions, one a name, found " + message.position().length);
    }
    for (int i = 0; i < places.length; i++) {
      into[i] = (float) message.position()[places[i]];
    }
  }

  /** Finds the joints among a message's names; senders rarely change these, so the last result is kept. */
  private void find(List<String> found) {
    if (found.equals(names)) {
      return;
    }
    names = null;
    for (int i = 0; i < places.length; i++) {
      String joint = joints.get(i);
      places[i] = found.indexOf(joint);
      if (places[i] < 0) {
        throw new BadInputException("expected joints " + joints + ", found " + found + " without " + joint);
      }
      if (found.lastIndexOf(joint) != places[i]) {
        throw new BadInputException("joint " + joint + " is there twice: " + found);
      }
    }
    names = found;
  }
}
