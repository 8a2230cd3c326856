package flowmatching.inference.tensorrt;

import ai.onnx.proto.OnnxMl.ModelProto;
import flowmatching.checkpoint.Checkpoint;
import flowmatching.checkpoint.DType;
import flowmatching.checkpoint.NewFile;
import flowmatching.checkpoint.SafetensorsFile;
import flowmatching.checkpoint.SafetensorsWriter;
import flowmatching.inference.onnx.BuildProcess;
import flowmatching.inference.onnx.HalfWeights;
import flowmatching.inference.onnx.OnnxModels;
import flowmatching.inference.onnx.Precision;
import flowmatching.inference.onnx.WeightsCache;
import flowmatching.model.FlowMatchingConfig;
import flowmatching.model.PolicyFeature;
import flowmatching.runtime.RuntimeOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.global.nvinfer.MemoryPoolType;
import org.bytedeco.tensorrt.global.nvinfer.OptProfileSelector;
import org.bytedeco.tensorrt.global.nvonnxparser;
import org.bytedeco.tensorrt.nvinfer.IBuilder;
import org.bytedeco.tensorrt.nvinfer.IBuilderConfig;
import org.bytedeco.tensorrt.nvinfer.IHostMemory;
import org.bytedeco.tensorrt.nvinfer.INetworkDefinition;
import org.bytedeco.tensorrt.nvinfer.IOptimizationProfile;
import org.bytedeco.tensorrt.nvinfer.ITimingCache;
import org.bytedeco.tensorrt.nvonnxparser.IParser;

/** The program that builds a checkpoint's engines, see {@link EngineCache}. Its last line says why where it fails. */
final class EngineBuild {
  static final String RESIZE = "resize";
  static final String VISION = "vision";
  static final String CONDITION = "condition";
  static final String STEP = "step";
  static final String TIME_EMBEDDING = "time_embedding";

  /** NetworkDefinitionCreationFlag::kSTRONGLY_TYPED of version 10; from 11 on every network is, and the flag is gone. */
  private static final int STRONGLY_TYPED = 1 << 1;

  private static final int SMALLEST_PAGE = 4096;

  private final FlowMatchingConfig policy;
  private final Path timings;
  private final RuntimeOptions options;

  private EngineBuild(FlowMatchingConfig policy, Path timings, RuntimeOptions options) {
    this.policy = policy;
    this.timings = timings;
    this.options = options;
  }

  /** How to run this program. */
  static List<String> command(Path checkpoint, Precision precision, Path engines, Path timings, RuntimeOptions options) {
    return BuildProcess.command(EngineBuild.class, checkpoint.toString(), precision.name(), engines.toString(), timings.toString(),
        Integer.toString(options.batch()), Integer.toString(options.deviceMemory()));
  }

  public static void main(String[] arguments) {
    BuildProcess.main(() -> {
      Precision precision = Precision.valueOf(arguments[1]);
      try (Checkpoint checkpoint = Checkpoint.open(Path.of(arguments[0]));
          SafetensorsFile weights = HalfWeights.open(checkpoint.weights(), precision, WeightsCache.directory())) {
        RuntimeOptions options = new RuntimeOptions(1, false, Integer.parseInt(arguments[4]), Integer.parseInt(arguments[5]));
        new EngineBuild(checkpoint.config(), Path.of(arguments[3]), options)
            .build(models(checkpoint, weights, precision, options.batch()), OnnxModels.weightsFile(weights).getParent(), Path.of(arguments[2]));
      }
    });
  }

  /** Whether a run says how many pictures there are: where cameras may be missing. Else it is all of them. */
  static boolean choosesBatch(FlowMatchingConfig config) {
    return config.emptyCameras() > 0 && config.cameras().size() > 1;
  }

  /**
   * All cameras of all observations are one batch of the vision encoder.
   *
   * @param batch observations a run
   */
  static Map<String, ModelProto> models(Checkpoint checkpoint, SafetensorsFile weights, Precision precision, int batch) {
    OnnxModels one = new OnnxModels(checkpoint.config(), weights, 1, precision);
    OnnxModels observations = new OnnxModels(checkpoint.config(), weights, batch, precision);
    Map<String, ModelProto> models = new LinkedHashMap<>();
    int cameras = checkpoint.config().cameras().size();
    if (cameras > 0) {
      models.put(RESIZE, one.resize());
      int pictures = choosesBatch(checkpoint.config()) ? -1 : batch * cameras;
      models.put(VISION, new OnnxModels(checkpoint.config(), weights, pictures, precision).vision());
    }
    models.put(CONDITION, observations.condition());
    models.put(STEP, observations.step());
    models.put(TIME_EMBEDDING, one.timeEmbedding());
    return models;
  }

  private void build(Map<String, ModelProto> models, Path folder, Path engines) throws IOException {
    IBuilder builder = nvinfer.createInferBuilder(TensorRt.logger());
    required(builder, "TensorRT makes no builder here");
    SafetensorsWriter writer = new SafetensorsWriter();
    for (Map.Entry<String, ModelProto> model : models.entrySet()) {
      ByteBuffer engine = build(builder, model.getKey(), model.getValue().toByteArray(), folder);
      writer.add(model.getKey(), DType.U8, new long[] {engine.remaining()}, () -> engine);
    }
    writer.write(engines);
  }

  private ByteBuffer build(IBuilder builder, String name, byte[] model, Path folder) throws IOException {
    INetworkDefinition network = builder.createNetworkV2(nvinfer.NV_TENSORRT_MAJOR < 11 ? STRONGLY_TYPED : 0);
    IParser parser = nvonnxparser.createParser(network, TensorRt.logger());
    // The path tells the parser where the weights' file is; there is no such model file.
    if (!parser.parse(new BytePointer(model), model.length, folder.resolve(name + ".onnx").toString())) {
      StringBuilder reasons = new StringBuilder();
      for (int i = 0; i < parser.getNbErrors(); i++) {
        reasons.append(i == 0 ? "" : "; ").append(parser.getError(i).desc());
      }
      throw new IllegalStateException("TensorRT does not understand the model " + name + ": " + reasons);
    }
    IBuilderConfig config = builder.createBuilderConfig();
    if (options.deviceMemory() > 0) {
      config.setMemoryPoolLimit(MemoryPoolType.kWORKSPACE, (long) options.deviceMemory() << 20);
    }
    IOptimizationProfile profile = builder.createOptimizationProfile();
    if (name.equals(RESIZE)) {
      PolicyFeature first = policy.cameras().get(0);
      sizes(profile, "picture", new long[] {1, 1, 1, 3}, new long[] {1, first.height(), first.width(), 3},
          new long[] {1, PictureResize.largestHeight(policy), PictureResize.largestWidth(policy), 3});
      config.addOptimizationProfile(profile);
    } else if (name.equals(VISION) && choosesBatch(policy)) {
      long[] all = {(long) options.batch() * policy.cameras().size(), 3, policy.imageHeight(), policy.imageWidth()};
      sizes(profile, "images", new long[] {1, 3, policy.imageHeight(), policy.imageWidth()}, all, all);
      config.addOptimizationProfile(profile);
    }
    byte[] known = Files.isRegularFile(timings) ? Files.readAllBytes(timings) : new byte[0];
    if (!useTimings(config, known)) {
      useTimings(config, new byte[0]); // of another driver or GPU
    }
    IHostMemory engine = builder.buildSerializedNetwork(network, config);
    required(engine, "TensorRT built no engine of the model " + name + ", which may want more of the GPU's memory");
    IHostMemory measured = config.getTimingCache().serialize();
    NewFile.write(timings, part -> Files.write(part, bytes(measured)));
    return ByteBuffer.wrap(bytes(engine));
  }

  private static void sizes(IOptimizationProfile profile, String input, long[] least, long[] usual, long[] most) {
    boolean taken = profile.setDimensions(input, OptProfileSelector.kMIN, Engine.dims(least))
        && profile.setDimensions(input, OptProfileSelector.kOPT, Engine.dims(usual))
        && profile.setDimensions(input, OptProfileSelector.kMAX, Engine.dims(most));
    if (!taken) {
      throw new IllegalStateException("TensorRT refused the sizes of " + input + ", up to " + Arrays.toString(most));
    }
  }

  private static boolean useTimings(IBuilderConfig config, byte[] known) {
    ITimingCache cache = config.createTimingCache(new BytePointer(known), known.length);
    return cache != null && config.setTimingCache(cache, false);
  }

  private static byte[] bytes(IHostMemory memory) {
    byte[] bytes = new byte[Math.toIntExact(memory.size())];
    new BytePointer(memory.data()).capacity(bytes.length).get(bytes);
    return bytes;
  }

  /** What TensorRT made; where CUDA fails it gives an address of some hundred bytes for a runtime, and not null (seen with 11.2.1). */
  static <T extends Pointer> T required(T object, String otherwise) {
    if (object == null || object.address() < SMALLEST_PAGE) {
      throw new IllegalStateException(otherwise + TensorRt.because());
    }
    return object;
  }
}
