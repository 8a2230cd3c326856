/** The network and its arithmetic in libtorch. */
package flowmatching.training.torch;
