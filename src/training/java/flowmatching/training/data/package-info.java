/** Batches for training: drawn from a data set, decoded and augmented ahead by threads, cached within a bound. */
package flowmatching.training.data;
