package flowmatching.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import flowmatching.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The variables, with the defaults and the order of huggingface_hub's constants.py and lerobot's utils/constants.py. */
class HubSettingsTest {
  private static HubSettings settings(String... variables) {
    Map<String, String> environment = new HashMap<>(Map.of("HOME", "/home/me"));
    for (int i = 0; i < variables.length; i += 2) {
      environment.put(variables[i], variables[i + 1]);
    }
    return new HubSettings(environment);
  }

  @Test
  void withoutVariablesThePublicHubAndTheUsersCacheAreUsed() {
    assertEquals("https://huggingface.co", settings().endpoint().toString());
    assertEquals(Path.of("/home/me/.cache/huggingface/hub"), settings().cache());
    assertEquals(Path.of("/home/me/.cache/huggingface/lerobot"), settings().leRobotHome());
    assertEquals(Path.of("/home/me/.cache/huggingface/token"), settings().tokenFile());
    assertEquals(Duration.ofSeconds(10), settings().downloadTimeout());
    assertEquals(false, settings().offline());
  }

  @Test
  void theMoreSpecialVariableWins() {
    assertEquals(Path.of("/x/huggingface/hub"), settings("XDG_CACHE_HOME", "/x").cache());
    assertEquals(Path.of("/h/hub"), settings("XDG_CACHE_HOME", "/x", "HF_HOME", "/h").cache());
    assertEquals(Path.of("/old"), settings("HF_HOME", "/h", "HUGGINGFACE_HUB_CACHE", "/old").cache());
    assertEquals(Path.of("/c"), settings("HF_HOME", "/h", "HUGGINGFACE_HUB_CACHE", "/old", "HF_HUB_CACHE", "/c").cache());
    assertEquals(Path.of("/h/lerobot"), settings("HF_HOME", "/h").leRobotHome());
    assertEquals(Path.of("/l"), settings("HF_HOME", "/h", "HF_LEROBOT_HOME", "/l").leRobotHome());
    assertEquals(Path.of("/t"), settings("HF_HOME", "/h", "HF_TOKEN_PATH", "/t").tokenFile());
  }

  @Test
  void homesAndVariablesArePutIn() {
    assertEquals(Path.of("/home/me/hf/hub"), settings("HF_HOME", "~/hf").cache());
    assertEquals(Path.of("/data/me/hub"), settings("HF_HOME", "$DATA/${USER}", "DATA", "/data", "USER", "me").cache());
    assertEquals(Path.of("/a$NONE/hub"), settings("HF_HOME", "/a$NONE").cache());
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "on", "YES", "True"})
  void offlineIsSaidInSeveralWords(String word) {
    assertEquals(true, settings("HF_HUB_OFFLINE", word).offline());
    assertEquals(true, settings("TRANSFORMERS_OFFLINE", word).offline());
  }

  @Test
  void anotherWordIsNotOffline() {
    assertEquals(false, settings("HF_HUB_OFFLINE", "0").offline());
    assertEquals(false, settings("HF_HUB_OFFLINE", "").offline());
  }

  @Test
  void anEndpointLosesItsSlashesAndAnotherTextIsRefused() {
    assertEquals("https://mirror.example/hf", settings("HF_ENDPOINT", "https://mirror.example/hf//").endpoint().toString());
    for (String wrong : new String[] {"mirror.example", "ftp://mirror.example", "https://me:key@mirror.example", "https://", "https://x/?a=b", "https://a b",
        "https://x:65536"}) {
      String message = assertThrows(BadInputException.class, () -> settings("HF_ENDPOINT", wrong)).getMessage();
      assertTrue(message.startsWith("HF_ENDPOINT: expected the address of a hub"), message);
    }
  }

  @Test
  void aTimeoutIsSeconds() {
    assertEquals(Duration.ofSeconds(30), settings("HF_HUB_DOWNLOAD_TIMEOUT", "30").downloadTimeout());
    assertThrows(BadInputException.class, () -> settings("HF_HUB_DOWNLOAD_TIMEOUT", "0").downloadTimeout());
    assertThrows(BadInputException.class, () -> settings("HF_HUB_DOWNLOAD_TIMEOUT", "soon").downloadTimeout());
  }

  @Test
  void theTokenComesFromItsVariablesAndThenFromItsFile(@TempDir Path home) throws IOException {
    Files.writeString(home.resolve("token"), "hf_file\n");
    String path = home.toString();
    assertEquals("Bearer hf_env", settings("HF_HOME", path, "HF_TOKEN", " hf_env\n").token().orElseThrow().header());
    assertEquals("Bearer hf_old", settings("HF_HOME", path, "HF_TOKEN", "", "HUGGING_FACE_HUB_TOKEN", "hf_old").token().orElseThrow().header());
    assertEquals("Bearer hf_file", settings("HF_HOME", path).token().orElseThrow().header());
    assertEquals("the token from " + home.resolve("token"), settings("HF_HOME", path).token().orElseThrow().toString());
    assertTrue(settings("HF_HOME", path, "HF_HUB_DISABLE_IMPLICIT_TOKEN", "1").token().isEmpty());
    assertTrue(settings("HF_HOME", "/no/such/directory").token().isEmpty());
  }
}
