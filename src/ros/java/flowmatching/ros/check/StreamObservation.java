package flowmatching.ros.check;

/**
 * What came on a topic while it was listened to. Times are in seconds; NaN where too few messages came to say.
 *
 * @param topic absolute and remapped
 * @param type that was listened for
 * @param messages that arrived
 * @param refused messages whose bytes were none of the type
 * @param lost messages that the network lost, as far as it tells
 * @param rate messages a second between the first and the last
 * @param jitter standard deviation of the time between two messages
 * @param longestGap longest time without a message, from the first on; in simulated time, where the node follows that
 * @param unstamped messages with a stamp of 0, which says that the sender sets none
 * @param backwards messages with an earlier stamp than the one before
 * @param leastAge shortest time between a stamp and its message's arrival, below 0 where the stamp was in the future; NaN where no
 *     message was stamped or the time is not known
 * @param greatestAge longest time between them
 */
public record StreamObservation(
    String topic, String type, long messages, long refused, long lost, double rate, double jitter, double longestGap, long unstamped,
    long backwards, double leastAge, double greatestAge) {}
