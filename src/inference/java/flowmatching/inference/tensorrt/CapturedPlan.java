package flowmatching.inference.tensorrt;

import static org.bytedeco.cuda.global.cudart.cudaGraphDestroy;
import static org.bytedeco.cuda.global.cudart.cudaGraphExecDestroy;
import static org.bytedeco.cuda.global.cudart.cudaGraphInstantiate;
import static org.bytedeco.cuda.global.cudart.cudaGraphLaunch;
import static org.bytedeco.cuda.global.cudart.cudaStreamBeginCapture;
import static org.bytedeco.cuda.global.cudart.cudaStreamCaptureModeThreadLocal;
import static org.bytedeco.cuda.global.cudart.cudaStreamEndCapture;

import flowmatching.flow.Guidance;
import flowmatching.flow.IntegrationPlan;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;

/**
 * A chunk as one CUDA graph: the copies to the GPU, the step engine once an evaluation, the copy back. What a plan and a guidance say
 * is data in a table, so that the graph fits every plan with as many evaluations.
 */
final class CapturedPlan implements AutoCloseable {
  /** Rows of the table are this far apart: TensorRT wants tensors at multiples of 256 bytes. */
  private static final int ROW_BYTES = 256;
  private static final int ROW = ROW_BYTES / Float.BYTES;

  private final int evaluations;
  private final Cuda cuda;
  private final FloatPointer table;
  private final BytePointer rows;
  private final CUgraphExec_st executable = new CUgraphExec_st();

  /**
   * @param step writes y, base and previous to next_y, next_base and velocity
   * @param chunk the session's memory
   */
  CapturedPlan(int evaluations, Cuda cuda, Engine step, ChunkMemory chunk) {
    this.evaluations = evaluations;
    this.cuda = cuda;
    table = cuda.host((long) evaluations * ROW);
    rows = cuda.device((long) evaluations * ROW_BYTES);
    step.bind("evaluation", rows);
    step.enqueue(); // what an engine does at its first run cannot be captured
    cuda.synchronize();
    CUgraph_st graph = new CUgraph_st();
    Cuda.check(cudaStreamBeginCapture(cuda.stream(), cudaStreamCaptureModeThreadLocal), "capturing");
    try {
      cuda.toDevice(rows, table, (long) evaluations * ROW);
      chunk.send();
      for (int e = 0; e < evaluations; e++) {
        step.bind("evaluation", rows.getPointer((long) e * ROW_BYTES));
        chunk.bind(step, e);
        step.enqueue();
      }
      chunk.fetch(evaluations);
    } catch (RuntimeException e) {
      cudaStreamEndCapture(cuda.stream(), graph); // fails too, and would hide the reason
      throw e;
    }
    Cuda.check(cudaStreamEndCapture(cuda.stream(), graph), "capturing");
    Cuda.check(cudaGraphInstantiate(executable, graph), "preparing the captured chunk");
    cudaGraphDestroy(graph);
  }

  int evaluations() {
    return evaluations;
  }

  /** Runs the chunk with this plan and guidance; returns when it is done. */
  void run(IntegrationPlan plan, Guidance guidance) {
    for (int e = 0; e < evaluations; e++) {
      float t = plan.times()[e];
      table.put((long) e * ROW, t);
      table.put((long) e * ROW + 1, plan.previousWeights()[e]);
      table.put((long) e * ROW + 2, plan.velocityWeights()[e]);
      table.put((long) e * ROW + 3, plan.advances()[e] ? 1 : 0);
      table.put((long) e * ROW + 4, guidance == null ? 0 : guidance.gain(t));
    }
    Cuda.check(cudaGraphLaunch(executable, cuda.stream()), "starting a chunk");
    cuda.synchronize();
  }

  @Override
  public void close() {
    cudaGraphExecDestroy(executable);
    cuda.free(table);
    cuda.free(rows);
  }
}
