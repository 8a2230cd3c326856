/** One training run in several processes, each with a share of every batch: what {@code torchrun} starts. */
package flowmatching.training.distributed;
