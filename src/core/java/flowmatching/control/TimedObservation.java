package flowmatching.control;

import flowmatching.policy.Observation;

/**
 * An observation and its instant.
 *
 * @param observation the latest sample of each stream
 * @param stamp instant of the newest sample, nanoseconds of the graph's clock; a data set's recorder pairs samples in the same
 *     way
 * @param oldest instant of the oldest sample
 */
record TimedObservation(Observation observation, long stamp, long oldest) {}
