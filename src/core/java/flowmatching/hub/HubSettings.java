package flowmatching.hub;

import flowmatching.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the environment says about the hub, under the names of huggingface_hub and LeRobot and with their defaults. */
final class HubSettings {
  private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");
  private static final Pattern VARIABLE = Pattern.compile("\\$(?:(\\w+)|\\{(\\w+)})");

  private final Map<String, String> environment;
  private final HubEndpoint endpoint;

  /** @throws BadInputException where {@code HF_ENDPOINT} is not the address of a server */
  HubSettings(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
    this.endpoint = HubEndpoint.of(value("HF_ENDPOINT").orElse(""));
  }

  HubEndpoint endpoint() {
    return endpoint;
  }

  /** The cache of models. */
  Path cache() {
    return value("HF_HUB_CACHE").or(() -> value("HUGGINGFACE_HUB_CACHE")).map(this::expand).orElseGet(() -> home().resolve("hub"));
  }

  /** Where LeRobot keeps data sets, as {@code user/name}; its cache of the hub's is below, in {@code hub}. */
  Path leRobotHome() {
    return value("HF_LEROBOT_HOME").map(this::expand).orElseGet(() -> home().resolve("lerobot"));
  }

  /** Whether no request may be made. */
  boolean offline() {
    return isTrue("HF_HUB_OFFLINE") || isTrue("TRANSFORMERS_OFFLINE");
  }

  /** How long a download may stand still. */
  Duration downloadTimeout() {
    String text = value("HF_HUB_DOWNLOAD_TIMEOUT").orElse("10");
    if (!text.matches("[1-9]\\d{0,4}")) {
      throw new BadInputException("HF_HUB_DOWNLOAD_TIMEOUT: expected seconds from 1 to 99999, found '" + text + "'");
    }
    return Duration.ofSeconds(Integer.parseInt(text));
  }

  /** @throws BadInputException where the token's file cannot be read, or the token cannot be sent as a header */
  Optional<HubToken> token() {
    if (isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
      return Optional.empty();
    }
    for (String name : new String[] {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
      Optional<HubToken> token = HubToken.of(environment.getOrDefault(name, ""), name);
      if (token.isPresent()) {
        return token;
      }
    }
    Path file = tokenFile();
    try {
      return HubToken.of(Files.readString(file), file.toString());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new BadInputException(file + ": the token of the hub cannot be read: " + e.getMessage(), e);
    }
  }

  /** Where {@code hf auth login} leaves the token. */
  Path tokenFile() {
    return value("HF_TOKEN_PATH").map(this::expand).orElseGet(() -> home().resolve("token"));
  }

  private Path home() {
    return value("HF_HOME").map(this::expand).orElseGet(() ->
        value("XDG_CACHE_HOME").map(this::expand).orElseGet(() -> expand("~/.cache")).resolve("huggingface"));
  }

  private Optional<String> value(String name) {
    return Optional.ofNullable(environment.get(name)).map(String::strip).filter(text -> !text.isEmpty());
  }

  private boolean isTrue(String name) {
    return value(name).filter(text -> TRUE.contains(text.toUpperCase(Locale.ROOT))).isPresent();
  }

  /** A leading ~ and $NAME, which no shell has replaced where a service file or a launch file sets the variable. */
  private Path expand(String text) {
    String user = environment.getOrDefault("HOME", System.getProperty("user.home"));
    String path = text.equals("~") || text.startsWith("~/") ? user + text.substring(1) : text;
    return Path.of(VARIABLE.matcher(path).replaceAll(match -> {
      String name = match.group(1) == null ? match.group(2) : match.group(1);
      return Matcher.quoteReplacement(environment.getOrDefault(name, match.group()));
    })).toAbsolutePath();
  }
}
