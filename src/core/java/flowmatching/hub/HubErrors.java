package flowmatching.hub;

import flowmatching.BadInputException;
import java.net.URI;
import java.util.Optional;

/** Sentences for a hub's refusals: what was asked for, why it failed, what to do. */
final class HubErrors {
  private static final int MAX_MESSAGE = 300;

  private HubErrors() {}

  /** The hub refuses, and would again. */
  static final class Refused extends BadInputException {
    private static final long serialVersionUID = 1;
    private final int status;

    Refused(String message, int status) {
      super(message);
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  /**
   * @param uri who answered: the hub, or a store that it redirected to
   * @param code the header {@code X-Error-Code}, or an empty text
   * @param message what the server said
   */
  static Refused refused(HubRequest request, HubEndpoint hub, URI uri, Optional<HubToken> token, int status, String code, String message) {
    String said = printable(token.map(t -> t.removedFrom(message)).orElse(message));
    String reason = hub.owns(uri) ? reason(request, hub, token, status, code) : "refused";
    return new Refused(request.what() + ": " + reason + " (" + uri.getAuthority() + " answered " + status + (said.isEmpty() ? "" : ": " + said) + ")", status);
  }

  private static String reason(HubRequest request, HubEndpoint hub, Optional<HubToken> token, int status, String code) {
    String page = hub + request.repository().webPath();
    if (code.equals("GatedRepo")) {
      return "given to those who accept its conditions: do so on " + page + ", and " + identify(hub, token);
    }
    if (code.equals("RevisionNotFound")) {
      return "no such branch, tag or commit; see " + page + "/tree/main";
    }
    if (code.equals("EntryNotFound")) {
      return "no such file; see " + page + "/tree/main";
    }
    String hidden = "not found, or private: check the name on " + page + ", and if it is private " + identify(hub, token);
    return switch (status) {
      case 401 -> code.equals("RepoNotFound") || token.isEmpty() ? hidden : token.get() + " is not valid: make another on " + hub + "/settings/tokens";
      case 403 -> token.isEmpty() ? hidden : token.get() + " lacks the right to " + (request.writes() ? "write to" : "read") + " it: see " + hub + "/settings/tokens";
      case 404 -> hidden;
      default -> "refused";
    };
  }

  /** What to do about the token. */
  static String identify(HubEndpoint hub, Optional<HubToken> token) {
    return token.map(t -> "check that " + t + " is of an account with access")
        .orElse("set HF_TOKEN to a token from " + hub + "/settings/tokens (or run hf auth login)");
  }

  /** A server's words, fit for a terminal: no control characters, not endless. */
  static String printable(String text) {
    String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
    return line.length() <= MAX_MESSAGE ? line : line.substring(0, MAX_MESSAGE) + "...";
  }
}
