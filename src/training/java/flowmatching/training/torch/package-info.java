/** The network and its arithmetic in libtorch. Nothing outside {@code flowmatching.training} knows libtorch. */
package flowmatching.training.torch;
