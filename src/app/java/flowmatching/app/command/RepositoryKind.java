package flowmatching.app.command;

/** What a name on the hub stands for: each kind has names of its own. */
enum RepositoryKind {
  MODEL,
  DATASET
}
