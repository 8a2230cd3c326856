package flowmatching.hub;

import flowmatching.BadInputException;
import java.util.regex.Pattern;

/**
 * The name of a model or data set on the hub.
 *
 * @param id {@code user/name}, or {@code name} for the few that have no owner
 */
record RepositoryName(Type type, String id) {
  enum Type {
    MODEL("model", ""),
    DATASET("dataset", "datasets/");

    private final String word;
    private final String webPrefix;

    Type(String word, String webPrefix) {
      this.word = word;
      this.webPrefix = webPrefix;
    }

    String word() {
      return word;
    }
  }

  private static final String PART = "[A-Za-z0-9_](?:[\\w.-]{0,94}[A-Za-z0-9_])?";
  private static final Pattern ID = Pattern.compile("(?:" + PART + "/)?" + PART);

  /** @throws BadInputException where the hub allows no such name (the rules of huggingface_hub's validate_repo_id) */
  RepositoryName {
    if (!isId(id)) {
      throw new BadInputException("expected the name of a " + type.word + " on the hub, user/name with letters, digits, '-', '_' and '.' (no '--', no '..', no .git), found '" + id + "'");
    }
  }

  static boolean isId(String id) {
    return ID.matcher(id).matches() && !id.contains("--") && !id.contains("..") && !id.endsWith(".git");
  }

  /** {@code /api/models/user/name} */
  String apiPath() {
    return "/api/" + type.word + "s/" + id;
  }

  /** {@code /user/name} or {@code /datasets/user/name}, where people and file downloads go */
  String webPath() {
    return "/" + type.webPrefix + id;
  }

  /** {@code models--user--name}, its directory in a cache */
  String cacheDirectory() {
    return type.word + "s--" + id.replace("/", "--");
  }

  @Override
  public String toString() {
    return (type == Type.MODEL ? "model " : "data set ") + id;
  }
}
