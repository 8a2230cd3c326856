package flowmatching.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a configuration's network is made of, without any weight: parameters, shapes and operations by part.
 *
 * <p>Computed by running the network's definition over {@link ShapeOps}, so it cannot differ from what runs.
 */
public final class ModelSummary {
  private final Map<String, int[]> shapes = new LinkedHashMap<>();
  private final List<Part> parts;

  /**
   * A part of the network.
   *
   * @param name what it is
   * @param parameters trained values
   * @param flops floating point operations of one run: of one camera, one observation or one integration step
   * @param runs how often it runs for a chunk
   */
  public record Part(String name, long parameters, long flops, int runs) {}

  public ModelSummary(FlowMatchingConfig config) {
    int cameras = config.cameras().size();
    ShapeOps vision = new ShapeOps();
    if (cameras > 0) {
      new PolicyNetwork<>(config, vision).vision(new int[] {1, 3, config.imageHeight(), config.imageWidth()});
    }
    ShapeOps conditioning = new ShapeOps();
    int[] tokens = {1, cameras, PolicyNetwork.tokensPerCamera(config), config.vitEmbedDim()};
    var condition =
        new PolicyNetwork<>(config, conditioning)
            .condition(cameras > 0 ? tokens : null, cameras > 0 ? new int[] {1, cameras} : null, new int[] {1, config.maxStateDim()});
    ShapeOps velocity = new ShapeOps();
    new PolicyNetwork<>(config, velocity).velocity(condition, new int[] {1, config.chunkLength(), config.maxActionDim()}, new int[] {1});
    parts =
        List.of(
            part("vision encoder", vision, cameras),
            part("conditioning", conditioning, 1),
            part("velocity network", velocity, config.numSteps()));
  }

  private Part part(String name, ShapeOps ops, int runs) {
    shapes.putAll(ops.parameters());
    long count = ops.parameters().values().stream().mapToLong(ShapeOps::count).sum();
    return new Part(name, count, ops.flops(), runs);
  }

  /** Every parameter's name and shape, in the order of use. */
  public Map<String, int[]> shapes() {
    return shapes;
  }

  public List<Part> parts() {
    return parts;
  }

  /** Trained values in all. */
  public long parameters() {
    return parts.stream().mapToLong(Part::parameters).sum();
  }

  /** Floating point operations of one chunk, every camera and {@code num_steps} Euler steps. */
  public long flopsPerChunk() {
    return parts.stream().mapToLong(part -> part.flops() * part.runs()).sum();
  }
}
