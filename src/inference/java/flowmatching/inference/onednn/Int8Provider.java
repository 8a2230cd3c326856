package flowmatching.inference.onednn;

/** oneDNN with products of int8. */
public final class Int8Provider extends OneDnnProvider {
  public Int8Provider() {
    super(Precision.INT8);
  }

  @Override
  public String name() {
    return "onednn-int8";
  }

  @Override
  public String description() {
    return "oneDNN, CPU, int8 products; less exact";
  }

  @Override
  public int rank() {
    return 20;
  }
}
