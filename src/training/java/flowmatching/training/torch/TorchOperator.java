package flowmatching.training.torch;

import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorList;
import org.bytedeco.pytorch.TensorVector;

/** Operators that libtorch has and JavaCPP does not name, called through libtorch's dispatcher. */
final class TorchOperator {
  private TorchOperator() {}

  /**
   * Calls an operator that changes its arguments in place.
   *
   * @param name with its namespace; a wrong one is an error of libtorch
   * @param arguments all that its schema has, in order
   */
  static void call(String name, IValue... arguments) {
    Dispatcher.singleton().findSchemaOrThrow(name, "").callBoxed(new IValueVector(arguments));
  }

  static IValue none() {
    return new IValue();
  }

  static IValue list(List<Tensor> tensors) {
    // IValue takes a list of anything only; a list of tensors is one of those with another name (c10::impl::toList).
    return new IValue(new GenericList((Pointer) new TensorList(new TensorVector(tensors.toArray(Tensor[]::new)))));
  }
}
