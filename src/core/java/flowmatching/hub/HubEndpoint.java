package flowmatching.hub;

import flowmatching.BadInputException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The hub's own server: its addresses, and which addresses are its own. */
record HubEndpoint(URI uri) {
  private static final String PUBLIC = "https://huggingface.co";
  private static final int MAX_PORT = 65_535;

  /** @throws BadInputException where the text is not the address of a server */
  static HubEndpoint of(String text) {
    String address = text.isBlank() ? PUBLIC : text.strip().replaceAll("/+$", "");
    try {
      URI uri = new URI(address);
      if (isHttp(uri) && uri.getUserInfo() == null && uri.getQuery() == null && uri.getFragment() == null) {
        return new HubEndpoint(uri);
      }
    } catch (URISyntaxException e) {
      // Said below.
    }
    throw new BadInputException("HF_ENDPOINT: expected the address of a hub such as " + PUBLIC + ", found '" + HubErrors.printable(address) + "'");
  }

  /** @param path begins with a slash and is encoded */
  URI at(String path) {
    return URI.create(uri + path);
  }

  /** A text as one part of a path, or as a parameter. */
  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  static String encodePath(String path) {
    return Arrays.stream(path.split("/")).map(HubEndpoint::encode).collect(Collectors.joining("/"));
  }

  /** Whether the token may go there: the same scheme, host and port. */
  boolean owns(URI other) {
    return uri.getScheme().equals(other.getScheme()) && uri.getHost().equalsIgnoreCase(other.getHost()) && port(uri) == port(other);
  }

  /** Where a mirror says an address of the public hub, it means its own. */
  String mirrored(String address) {
    return address.startsWith(PUBLIC + "/") ? uri + address.substring(PUBLIC.length()) : address;
  }

  /**
   * An address that a server named, possibly relative to its own.
   *
   * @throws BadInputException where it is none, or lacks the encryption that {@code from} has
   */
  static URI next(URI from, String address) {
    try {
      URI to = from.resolve(new URI(address));
      if (isHttp(to) && (to.getScheme().equals("https") || from.getScheme().equals("http"))) {
        return to;
      }
    } catch (URISyntaxException e) {
      // Said below.
    }
    String shown = HubErrors.printable(address.replaceAll("\\?.*", "")); // the query of a signed address is a secret
    throw new BadInputException(from.getAuthority() + ": expected the " + from.getScheme() + " address of a server to go on with, found '" + shown + "'");
  }

  @Override
  public String toString() {
    return uri.toString();
  }

  private static boolean isHttp(URI uri) {
    return uri.getHost() != null && uri.getPort() <= MAX_PORT && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()));
  }

  private static int port(URI uri) {
    return uri.getPort() != -1 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
  }
}
