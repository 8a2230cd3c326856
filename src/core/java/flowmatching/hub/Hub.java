package flowmatching.hub;

import flowmatching.BadInputException;
import java.nio.file.Path;
import java.util.Map;

/**
 * A Hugging Face hub, as the environment describes it: {@code HF_ENDPOINT}, {@code HF_TOKEN}, {@code HF_HOME} and their company, see
 * docs/hub.md.
 *
 * <pre>{@code
 * Path checkpoint = Hub.of(System.getenv(), listener).model("user/name").download("config.json", "model.safetensors");
 * }</pre>
 */
public final class Hub {
  private final HubSettings settings;
  private final HubHttp http;
  private final TransferListener listener;

  Hub(HubSettings settings, TransferListener listener, Backoff.Sleeper sleeper) {
    this.settings = settings;
    this.http = new HubHttp(settings, new Backoff(sleeper));
    this.listener = listener;
  }

  /**
   * @param environment the process's; nothing is requested or read yet
   * @throws BadInputException where a variable cannot be understood
   */
  public static Hub of(Map<String, String> environment, TransferListener listener) {
    return new Hub(new HubSettings(environment), listener, duration -> Thread.sleep(duration.toMillis()));
  }

  /** Whether a text can be the name of a repository. */
  public static boolean isName(String text) {
    return RepositoryName.isId(text) && text.contains("/");
  }

  /**
   * A model, cached where {@code huggingface_hub} caches models.
   *
   * @throws BadInputException where the hub allows no such name
   */
  public HubRepository model(String id) {
    return repository(RepositoryName.Type.MODEL, id, settings.cache());
  }

  /**
   * A data set, cached where LeRobot caches data sets ({@code $HF_LEROBOT_HOME/hub}).
   *
   * @throws BadInputException where the hub allows no such name
   */
  public HubRepository dataset(String id) {
    return repository(RepositoryName.Type.DATASET, id, leRobotHome().resolve("hub"));
  }

  Path leRobotHome() {
    return settings.leRobotHome();
  }

  private HubRepository repository(RepositoryName.Type type, String id, Path cache) {
    return new HubRepository(settings, http, listener, new RepositoryName(type, id), cache, "main", false);
  }
}
