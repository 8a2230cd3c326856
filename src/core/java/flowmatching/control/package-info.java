/**
 * Robot behaviour in plain Java with an injected clock: what is seen becomes chunks of actions, chunks become commands, and
 * nothing is published that has not passed the guard. {@link flowmatching.control.PolicyController} is the way in.
 *
 * <p>Three kinds of thread meet here and share no lock. Callbacks of the graph bring images and states
 * ({@link flowmatching.control.ObservationAssembler}). One worker thread owns the policy
 * ({@code PolicyWorker}). One loop thread owns the queue, the guard and the sink
 * ({@code ControlLoop}); inference never delays it, and a tick allocates nothing.
 *
 * <p>All values are in the robot's command units: states, actions, limits and commands alike. A policy trained in other units is
 * wrapped by whoever knows the conversion. Times are nanoseconds of the graph's clock unless said otherwise.
 */
package flowmatching.control;
