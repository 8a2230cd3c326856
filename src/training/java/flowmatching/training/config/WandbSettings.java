package flowmatching.training.config;

import java.util.Optional;

/**
 * The flags {@code wandb.*}.
 *
 * @param enable whether anything is sent
 * @param artifacts whether checkpoints' weights are sent too
 * @param project of the run
 * @param entity account or team; empty: wandb's own
 * @param notes on the run
 * @param runId run to go on with; empty: a new one
 * @param mode online, offline or disabled; empty: as wandb is set up
 * @param tags whether the run is tagged with what it trains
 */
public record WandbSettings(
    boolean enable, boolean artifacts, String project, Optional<String> entity, Optional<String> notes, Optional<String> runId,
    Optional<String> mode, boolean tags) {}
