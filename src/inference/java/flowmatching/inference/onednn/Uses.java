package flowmatching.inference.onednn;

import flowmatching.inference.onednn.Node.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Who reads what in a recorded network: what is needed at all, what one primitive can do together, until when a value is read. */
final class Uses {
  /** oneDNN takes more; the network has chains of three. */
  private static final int LONGEST_CHAIN = 4;

  private final Set<Node> needed = new HashSet<>();
  private final Set<Node> results;
  private final Map<Node, List<Node>> readers = new IdentityHashMap<>();
  private final Map<Node, Integer> places = new IdentityHashMap<>();
  private final Map<Node, List<Node>> chains = new IdentityHashMap<>();
  private final Map<Node, Node> chainOf = new IdentityHashMap<>();
  private final Map<Node, Integer> lastReads = new HashMap<>();

  /**
   * @param nodes in an order in which they can be computed
   * @param results those whose values outlast the run
   */
  Uses(List<Node> nodes, List<Node> results) {
    this.results = new HashSet<>(results);
    results.forEach(this::need);
    for (int i = 0; i < nodes.size(); i++) {
      places.put(nodes.get(i), i);
    }
    for (Node node : nodes) {
      if (needed.contains(node) && !node.isGiven()) {
        node.inputs.stream().filter(input -> input != null).forEach(input -> readers.computeIfAbsent(input, n -> new ArrayList<>()).add(node));
      }
    }
    nodes.stream().filter(node -> node.kind == Kind.LINEAR && needed.contains(node) && !node.isGiven()).forEach(this::findChain);
    for (int i = nodes.size() - 1; i >= 0; i--) {
      lastReads.put(nodes.get(i), lastRead(nodes.get(i)));
    }
  }

  private void need(Node node) {
    if (node != null && needed.add(node) && !node.isGiven()) {
      node.inputs.forEach(this::need);
    }
  }

  boolean isNeeded(Node node) {
    return needed.contains(node);
  }

  List<Node> readers(Node node) {
    return readers.getOrDefault(node, List.of());
  }

  boolean isResult(Node node) {
    return results.contains(node);
  }

  /** What follows a product and is done with it, in order; empty for most. */
  List<Node> chain(Node linear) {
    return chains.getOrDefault(linear, List.of());
  }

  /** The product that a node is computed together with, or null. */
  Node linearOf(Node node) {
    return chainOf.get(node);
  }

  /** Where in the order a node is computed: with the last of its chain. */
  int computed(Node node) {
    Node linear = node.kind == Kind.LINEAR ? node : chainOf.get(node);
    List<Node> chain = linear == null ? List.of() : chain(linear);
    return places.get(chain.isEmpty() ? node : chain.get(chain.size() - 1));
  }

  /** Where in the order a node is read last, itself or through a view. */
  int lastRead(Node node) {
    if (isResult(node)) {
      return Integer.MAX_VALUE;
    }
    int last = -1;
    for (Node reader : readers(node)) {
      last = Math.max(last, computed(reader));
      if (reader.isView()) {
        last = Math.max(last, lastReads.get(reader));
      }
    }
    return last;
  }

  private void findChain(Node linear) {
    List<Node> chain = new ArrayList<>();
    Node end = linear;
    while (chain.size() < LONGEST_CHAIN && !isResult(end) && readers(end).size() == 1 && canFollow(linear, end, readers(end).get(0))) {
      end = readers(end).get(0);
      chain.add(end);
      chainOf.put(end, linear);
    }
    chains.put(linear, chain);
  }

  private boolean canFollow(Node linear, Node before, Node next) {
    if (next.isGiven()) {
      return false;
    }
    return switch (next.kind) {
      case RELU, GELU, SILU -> true;
      case ADD, MULTIPLY -> {
        Node other = next.inputs.get(0) == before ? next.inputs.get(1) : next.inputs.get(0);
        boolean repeated = other.count() == linear.last() && other.last() == linear.last();
        yield chainOf.get(next) == null && next.count() == linear.count() && (repeated || other.count() == linear.count());
      }
      default -> false;
    };
  }
}
