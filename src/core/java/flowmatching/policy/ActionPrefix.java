package flowmatching.policy;

/**
 * What is left of the chunk that the robot is still playing, for policies that can continue it (Real-Time Chunking).
 *
 * @param remaining its actions from the new observation's instant on, in the data set's units
 * @param inferenceDelay how many of them will have been played before the new chunk arrives, 0 or more
 * @param executionHorizon how many of them the new chunk may be drawn towards; {@code inferenceDelay} counts no further, and with 0 or less
 *     there is no pull
 */
public record ActionPrefix(ActionChunk remaining, int inferenceDelay, int executionHorizon) {}
