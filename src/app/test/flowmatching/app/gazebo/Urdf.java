package flowmatching.app.gazebo;

import flowmatching.TestData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** {@code worlds/arm.urdf}, read without the program's own idea of the arm. */
final class Urdf {
  private final Element root;

  private Urdf(Element root) {
    this.root = root;
  }

  static Urdf read() {
    try {
      return new Urdf(DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(TestData.home().resolve("worlds/arm.urdf").toFile()).getDocumentElement());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** The elements of a name directly below another one; {@code null} for the robot itself. */
  List<Element> children(Element parent, String name) {
    List<Element> found = new ArrayList<>();
    NodeList nodes = (parent == null ? root : parent).getChildNodes();
    for (int i = 0; i < nodes.getLength(); i++) {
      if (nodes.item(i) instanceof Element element && element.getTagName().equals(name)) {
        found.add(element);
      }
    }
    return found;
  }

  Element child(Element parent, String name) {
    List<Element> found = children(parent, name);
    if (found.size() != 1) {
      throw new IllegalStateException(found.size() + " elements " + name);
    }
    return found.get(0);
  }

  /** The joints that move. */
  List<Element> joints() {
    return children(null, "joint").stream().filter(joint -> !joint.getAttribute("type").equals("fixed")).toList();
  }

  static double[] numbers(String text) {
    return Arrays.stream(text.strip().split("\\s+")).mapToDouble(Double::parseDouble).toArray();
  }

  static double number(Element element, String attribute) {
    return Double.parseDouble(element.getAttribute(attribute));
  }

  /** A place and its axes in the world: {@code axes[row][column]}. */
  record Frame(double[] place, double[][] axes) {
    double[] point(double... inside) {
      double[] out = place.clone();
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
          out[i] += axes[i][j] * inside[j];
        }
      }
      return out;
    }

    Frame turned(double[][] by) {
      double[][] out = new double[3][3];
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
          for (int k = 0; k < 3; k++) {
            out[i][j] += axes[i][k] * by[k][j];
          }
        }
      }
      return new Frame(place, out);
    }
  }

  /** Where a link is, with the joints at these positions, in the order of {@link #joints}. Fixed joints on the way must not be turned. */
  Frame frame(String link, double... positions) {
    if (link.equals("world")) {
      return new Frame(new double[3], new double[][] {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}});
    }
    Element joint = children(null, "joint").stream().filter(j -> child(j, "child").getAttribute("link").equals(link)).findFirst().orElseThrow();
    Frame parent = frame(child(joint, "parent").getAttribute("link"), positions);
    Frame at = new Frame(parent.point(numbers(child(joint, "origin").getAttribute("xyz"))), parent.axes);
    if (joint.getAttribute("type").equals("fixed")) {
      return at;
    }
    double position = positions[joints().indexOf(joint)];
    double[] axis = numbers(child(joint, "axis").getAttribute("xyz"));
    if (joint.getAttribute("type").equals("prismatic")) {
      return new Frame(at.point(axis[0] * position, axis[1] * position, axis[2] * position), at.axes);
    }
    return at.turned(rotation(axis, position));
  }

  /** Rodrigues' formula. */
  private static double[][] rotation(double[] axis, double angle) {
    double[][] cross = {{0, -axis[2], axis[1]}, {axis[2], 0, -axis[0]}, {-axis[1], axis[0], 0}};
    double[][] out = new double[3][3];
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++) {
        out[i][j] = (i == j ? Math.cos(angle) : 0) + Math.sin(angle) * cross[i][j] + (1 - Math.cos(angle)) * axis[i] * axis[j];
      }
    }
    return out;
  }
}
