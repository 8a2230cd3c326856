package flowmatching.inference.onednn;

import static flowmatching.inference.onednn.OneDnn.BF16;
import static flowmatching.inference.onednn.OneDnn.F32;

import flowmatching.checkpoint.SafetensorsFile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Where the values of nodes are while a program is made: in each of the types that they are read in. */
final class Values {
  private final Natives natives;
  private final Kernels kernels;
  private final SafetensorsFile weights;
  private final Arena arena;
  private final Map<Node, Map<Integer, Tensor>> tensors = new HashMap<>();
  /** Memory to give back after a node's last use. */
  private final Map<Node, List<Tensor>> storage = new HashMap<>();

  Values(Natives natives, Kernels kernels, SafetensorsFile weights) {
    this.natives = natives;
    this.kernels = kernels;
    this.weights = weights;
    this.arena = new Arena(natives);
  }

  /** A node's values are here. */
  void put(Node node, Tensor tensor) {
    tensors.computeIfAbsent(node, n -> new HashMap<>()).put(tensor.type(), tensor);
  }

  /** New memory for a node's values. */
  Tensor make(Node node, int type) {
    Tensor tensor = temporary(node, type, node.shape);
    put(node, tensor);
    return tensor;
  }

  /** Memory for as long as a node's values are read. */
  Tensor temporary(Node node, int type, int... shape) {
    Tensor tensor = arena.allocate(type, shape);
    storage.computeIfAbsent(node, n -> new ArrayList<>()).add(tensor);
    return tensor;
  }

  /** After the node at a place in the order is computed: memory of what nothing reads from here on may be used again. */
  void giveBack(Uses uses, int place) {
    storage.entrySet().removeIf(entry -> {
      boolean done = uses.lastRead(entry.getKey()) <= place;
      if (done) {
        entry.getValue().forEach(arena::release);
      }
      return done;
    });
  }

  /** A node's values in a type, converted where they are not there in it yet. */
  Tensor in(int type, Node node) {
    Tensor from = any(node);
    if (!tensors.get(node).containsKey(type)) {
      kernels.copy(from, make(node, type));
    }
    return tensors.get(node).get(type);
  }

  /** The same in float32 and without gaps. */
  Tensor dense(Node node) {
    return dense(in(F32, node));
  }

  /** A node's values in the most exact type that they are there in. */
  Tensor any(Node node) {
    if (!tensors.containsKey(node)) {
      put(node, natives.constant(Constants.of(node, weights), node.shape)); // a parameter that is read as it is
    }
    Map<Integer, Tensor> known = tensors.get(node);
    return known.containsKey(F32) ? known.get(F32) : known.get(BF16);
  }

  /** The same values without gaps. */
  Tensor dense(Tensor tensor) {
    if (tensor.isDense()) {
      return tensor;
    }
    Tensor copy = natives.allocate(tensor.type(), tensor.shape());
    kernels.copy(tensor, copy);
    return copy;
  }
}
