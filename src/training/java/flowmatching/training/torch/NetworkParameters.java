package flowmatching.training.torch;

import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.checkpoint.SafetensorsWriter;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.ModelSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * The network's trained tensors, float32, on a device, in the order in which PyTorch's modules list them: optimizer states of
 * checkpoints count parameters in that order.
 */
public final class NetworkParameters implements AutoCloseable {
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  /**
   * Loads every parameter of a configuration.
   *
   * @param weights holds them all in their shapes, as {@link flowmatching.checkpoint.Checkpoint} has checked
   */
  public NetworkParameters(FlowMatchingConfig config, SafetensorsFile weights, Compute compute) {
    Map<String, int[]> shapes = new ModelSummary(config).shapes();
    for (String name : ParameterOrder.sorted(shapes.keySet())) {
      long[] shape = weights.entry(name).shape();
      tensors.put(name, HostTensor.copy(weights.floats(name), shape, compute).requires_grad_(true));
    }
  }

  private NetworkParameters() {}

  /** The same values in tensors of their own, which are not trained. To be made outside a {@link NativeScope}, since it lasts. */
  public NetworkParameters copy() {
    NetworkParameters copy = new NetworkParameters();
    tensors.forEach((name, tensor) -> copy.tensors.put(name, tensor.detach().clone()));
    return copy;
  }

  /** A parameter by its name in {@code model.safetensors}. */
  public Tensor get(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no parameter '" + name + "'");
    }
    return tensor;
  }

  /** All names, in PyTorch's order. */
  public List<String> names() {
    return List.copyOf(tensors.keySet());
  }

  /** Some parameters by name, in the order asked for. */
  public List<Tensor> all(Collection<String> names) {
    return names.stream().map(this::get).toList();
  }

  /** Writes values, those of the parameters or others of their shapes, as a {@code model.safetensors}. */
  public static void write(Path file, Map<String, Tensor> values) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
    values.forEach((name, tensor) -> writer.addFloats(name, tensor.sizes().vec().get(), () -> HostTensor.floats(tensor)));
    writer.write(file);
  }

  /** Name to tensor, in PyTorch's order; not to be changed. */
  public Map<String, Tensor> byName() {
    return tensors;
  }

  @Override
  public void close() {
    tensors.values().forEach(Tensor::close);
  }
}
