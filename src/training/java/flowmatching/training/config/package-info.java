/** What a training run is told: the flags of {@code lerobot-train} that make sense here, their checks, and {@code train_config.json}. */
package flowmatching.training.config;
