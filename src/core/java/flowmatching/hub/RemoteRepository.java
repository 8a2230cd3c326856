package flowmatching.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A repository as the hub has it: the commit of a revision, that commit's files, branches and tags; it can be made and tagged. */
record RemoteRepository(HubHttp http, RepositoryName name) {
  private static final int MAX_FILES = 1_000_000;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final Pattern NEXT = Pattern.compile("<([^>]+)>\\s*;\\s*rel=\"?next\"?");

  /** The commit that a branch, tag or shortened commit stands for now. */
  String commit(String revision) {
    String what = name + " at " + revision;
    JsonNode info = http.json(HubRequest.get(http.hub().at(name.apiPath() + "/revision/" + HubEndpoint.encode(revision)), name, what));
    String commit = info.path("sha").asText();
    if (!RemoteFile.isCommit(commit)) {
      throw new BadInputException(what + ": expected a commit in the key sha of " + http.hub() + "'s answer, found '" + HubErrors.printable(commit) + "'");
    }
    return commit;
  }

  /** All files of a commit. */
  List<RemoteFile> files(String commit) {
    Map<String, Optional<RemoteFile>> entries = new HashMap<>();
    Optional<URI> page = Optional.of(http.hub().at(name.apiPath() + "/tree/" + commit + "?recursive=true&expand=false"));
    while (page.isPresent()) {
      HubRequest request = HubRequest.get(page.get(), name, name + ", its files at " + commit.substring(0, 7));
      page = http.backoff().run(request.what(), () -> 0, () -> http.send(request, response -> {
        boolean more = add(request, http.readJson(request, response), entries);
        return response.header("Link").flatMap(link -> next(request, link)).filter(uri -> more);
      }));
      if (entries.size() > MAX_FILES) {
        throw new BadInputException(request.what() + ": expected at most " + MAX_FILES + " files, found " + entries.size());
      }
    }
    return entries.values().stream().flatMap(Optional::stream).toList();
  }

  /** @return whether there was anything new: a server that repeats a page for ever is asked no more */
  private static boolean add(HubRequest request, JsonNode page, Map<String, Optional<RemoteFile>> entries) {
    if (!page.isArray()) {
      throw new BadInputException(request.what() + ": expected a list from " + request.uri().getAuthority());
    }
    boolean more = false;
    for (JsonNode entry : page) {
      try {
        more |= entries.put(entry.path("path").asText(), RemoteFile.fromTree(entry)) == null;
      } catch (BadInputException e) {
        throw new BadInputException(request.what() + ": " + e.getMessage(), e);
      }
    }
    return more;
  }

  private Optional<URI> next(HubRequest request, String link) {
    Matcher matcher = NEXT.matcher(link);
    if (!matcher.find()) {
      return Optional.empty();
    }
    URI next = HubEndpoint.next(request.uri(), http.hub().mirrored(matcher.group(1)));
    if (!http.hub().owns(next)) {
      throw new BadInputException(request.what() + ": the next page is at another server, " + next.getAuthority());
    }
    return Optional.of(next);
  }

  /** The names of branches and tags. */
  List<String> refs() {
    JsonNode refs = http.json(HubRequest.get(http.hub().at(name.apiPath() + "/refs"), name, name + ", its branches and tags"));
    List<String> names = new ArrayList<>();
    for (String kind : List.of("branches", "tags")) {
      refs.path(kind).forEach(ref -> RemoteFile.optional(ref, "name").ifPresent(names::add));
    }
    return names;
  }

  /** Makes it, where it is not there. @param visible see {@link HubRepository#upload} */
  void create(Optional<Boolean> visible) {
    int slash = name.id().indexOf('/');
    ObjectNode body = new ObjectMapper().createObjectNode().put("name", name.id().substring(slash + 1)).put("type", name.type().word());
    body.put("organization", slash < 0 ? null : name.id().substring(0, slash));
    visible.ifPresent(all -> body.put("visibility", all ? "public" : "private"));
    try {
      http.json(HubRequest.post(http.hub().at("/api/repos/create"), name, name + ", to be made", HubRequest.JSON, body.toString()));
    } catch (HubErrors.Refused e) {
      if (e.status() != CONFLICT && !exists()) { // a token for one repository may not make any
        throw e;
      }
    }
  }

  private boolean exists() {
    try {
      http.json(HubRequest.get(http.hub().at(name.apiPath()), name, name.toString()));
      return true;
    } catch (HubErrors.Refused e) {
      return false;
    }
  }

  /** Puts a tag at a revision, away from where it was. */
  void tag(String tag, String revision) {
    String tags = name.apiPath() + "/tag/";
    String what = name + ", tag " + tag;
    try {
      http.json(HubRequest.delete(http.hub().at(tags + HubEndpoint.encode(tag)), name, what));
    } catch (HubErrors.Refused e) {
      if (e.status() != NOT_FOUND) {
        throw e;
      }
    }
    String body = new ObjectMapper().createObjectNode().put("tag", tag).toString();
    try {
      http.json(HubRequest.post(http.hub().at(tags + HubEndpoint.encode(revision)), name, what, HubRequest.JSON, body));
    } catch (HubErrors.Refused e) {
      if (e.status() != CONFLICT || !commit(tag).equals(commit(revision))) { // else made by an attempt whose answer was lost
        throw e;
      }
    }
  }
}
