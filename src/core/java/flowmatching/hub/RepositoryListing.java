package flowmatching.hub;

import com.fasterxml.jackson.databind.JsonNode;
import flowmatching.BadInputException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the hub says of a repository: its commit at a revision, that commit's files, its branches and tags. */
record RepositoryListing(HubHttp http, RepositoryName name) {
  private static final int MAX_FILES = 1_000_000;
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
    Map<String, RemoteFile> files = new HashMap<>();
    Optional<URI> page = Optional.of(http.hub().at(name.apiPath() + "/tree/" + commit + "?recursive=true&expand=false"));
    while (page.isPresent()) {
      HubRequest request = HubRequest.get(page.get(), name, name + ", its files at " + commit.substring(0, 7));
      int before = files.size();
      page = http.backoff().run(request.what(), () -> 0, () -> http.send(request, response -> {
        int entries = add(request, http.readJson(request, response), files);
        return response.header("Link").flatMap(link -> next(request, link)).filter(uri -> entries > 0);
      }));
      if (files.size() > MAX_FILES || (page.isPresent() && page.get().equals(request.uri()))) {
        throw new BadInputException(request.what() + ": expected at most " + MAX_FILES + " files, found " + files.size() + " (" + before + ") and more pages");
      }
    }
    return List.copyOf(files.values());
  }

  private static int add(HubRequest request, JsonNode page, Map<String, RemoteFile> files) {
    if (!page.isArray()) {
      throw new BadInputException(request.what() + ": expected a list from " + request.uri().getAuthority());
    }
    for (JsonNode entry : page) {
      try {
        RemoteFile.fromTree(entry).ifPresent(file -> files.put(file.path(), file));
      } catch (BadInputException e) {
        throw new BadInputException(request.what() + ": " + e.getMessage(), e);
      }
    }
    return page.size();
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
}
