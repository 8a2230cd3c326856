package flowmatching.control;

/**
 * The answer to a request for another state, as {@code std_srvs/Trigger} gives it.
 *
 * @param accepted whether the controller is, or is on its way, where it was asked to be
 * @param message one sentence: what happens now, or why not
 */
public record Transition(boolean accepted, String message) {}
