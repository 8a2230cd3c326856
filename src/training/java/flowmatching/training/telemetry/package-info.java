/** What a run says about itself while it trains: log lines, metrics.jsonl, Weights & Biases. */
package flowmatching.training.telemetry;
