package flowmatching.inference.onednn;

/** oneDNN with products of bfloat16. */
public final class Bfloat16Provider extends OneDnnProvider {
  public Bfloat16Provider() {
    super(Precision.BFLOAT16);
  }

  @Override
  public String name() {
    return "onednn-bf16";
  }

  @Override
  public String description() {
    return "oneDNN, CPU, bfloat16 products; less exact";
  }

  @Override
  public int rank() {
    return 30;
  }
}
