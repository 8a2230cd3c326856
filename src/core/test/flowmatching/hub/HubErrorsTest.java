package flowmatching.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.WriterAppender;
import org.apache.logging.log4j.core.layout.PatternLayout;
import org.junit.jupiter.api.Test;

/** What people read when a hub refuses, and that no token is in it. */
class HubErrorsTest extends HubFixture {
  private String refused(Hub hub) {
    return refusal(() -> hub.model("user/secret").download("config.json"));
  }

  @Test
  void aRepositoryThatIsNotSeenIsMissingOrPrivate() {
    String message = refused(hub());
    assertTrue(message.startsWith("model user/secret at main: not found, or private: check the name on " + server.endpoint() + "/user/secret"), message);
    assertTrue(message.contains("set HF_TOKEN to a token from " + server.endpoint() + "/settings/tokens (or run hf auth login)"), message);
    assertTrue(message.contains("answered 401: Invalid username or password."), message);
    assertEquals(1, server.seen.size(), "a refusal is not tried again");
  }

  @Test
  void withATokenTheAccountIsInQuestion() {
    String message = refused(hub("HF_TOKEN", HubServer.TOKEN));
    assertTrue(message.contains("check that the token from HF_TOKEN is of an account with access") && message.contains("answered 404"), message);
  }

  @Test
  void aTokenThatIsNotValidIsNamedByItsSource() throws IOException {
    Files.createDirectories(home());
    Files.writeString(home().resolve("token"), "hf_expired\n");
    server.faults.add(exchange -> {
      HubServer.error(exchange, 401, "", "Invalid credentials in Authorization header");
      return true;
    });
    String message = refused(hub());
    assertTrue(message.contains("the token from " + home().resolve("token") + " is not valid: make another on " + server.endpoint() + "/settings/tokens"), message);
  }

  @Test
  void conditionsAreToBeAccepted() {
    server.faults.add(exchange -> {
      HubServer.error(exchange, 403, "GatedRepo", "Access to model user/secret is restricted");
      return true;
    });
    String message = refused(hub("HF_TOKEN", HubServer.TOKEN));
    assertTrue(message.contains("given to those who accept its conditions: do so on " + server.endpoint() + "/user/secret"), message);
  }

  @Test
  void aRevisionThatIsNotThereIsNamed() {
    String message = refusal(() -> hub().model("user/name").at("v9").download("config.json"));
    assertTrue(message.startsWith("model user/name at v9: no such branch, tag or commit") && message.contains("answered 404"), message);
  }

  @Test
  void aStoreThatRefusesIsNamed() {
    server.failNext(1, uri -> uri.contains("Signature"), 403);
    String message = refusal(() -> hub("HF_TOKEN", HubServer.TOKEN).model("user/name").download("model.safetensors"));
    assertTrue(message.contains("file model.safetensors at ") && message.contains(server.cdn().substring("http://".length()) + " answered 403"), message);
  }

  @Test
  void aServersWordsAreFitForATerminal() {
    server.faults.add(exchange -> {
      byte[] body = ("{\"error\": \"a\\u001b[2Jb\\n" + "x".repeat(5000) + "\"}").getBytes();
      HubServer.body(exchange, 400, body);
      return true;
    });
    String message = refused(hub());
    assertTrue(message.contains("a [2Jb xxx") && message.length() < 600, message);
    assertTrue(message.chars().noneMatch(Character::isISOControl));
  }

  @Test
  void theTokenIsInNoMessageAndInNoLog() {
    StringWriter log = new StringWriter();
    LoggerContext context = (LoggerContext) LogManager.getContext(false);
    var appender = WriterAppender.createAppender(PatternLayout.newBuilder().withPattern("%m%n").build(), null, log, "written", false, true);
    appender.start();
    var logger = context.getConfiguration().getRootLogger();
    Level level = logger.getLevel();
    logger.addAppender(appender, Level.ALL, null);
    logger.setLevel(Level.ALL);
    context.updateLoggers();
    try {
      model.isPrivate = true;
      server.failNext(1, uri -> uri.contains("/tree/"), 503);
      Hub hub = hub("HF_TOKEN", HubServer.TOKEN);
      hub.model("user/name").download("model.safetensors");
      hub.model("user/new").upload(new HubUpload("m").text("a.txt", "x"), Optional.empty());
      server.faults.add(exchange -> {
        HubServer.error(exchange, 403, "", "you sent " + exchange.getRequestHeaders().getFirst("Authorization"));
        return true;
      });
      String message = refused(hub);
      assertTrue(message.contains("you sent Bearer ***"), message);
      assertFalse(message.contains(HubServer.TOKEN));
      assertTrue(log.toString().contains("/resolve/"), "requests are logged: " + log);
      assertFalse(log.toString().contains(HubServer.TOKEN), log.toString());
      assertFalse(log.toString().contains("Signature"), "nor is what signs an address");
    } finally {
      logger.removeAppender("written");
      logger.setLevel(level);
      context.updateLoggers();
    }
  }

  @Test
  void aTextThatIsNoTokenIsRefusedAndNotShown() {
    String message = refused(hub("HF_TOKEN", "hf_abc def"));
    assertTrue(message.startsWith("HF_TOKEN: expected a token"), message);
    assertFalse(message.contains("def"));
    assertEquals(List.of(), server.seen);
  }
}
