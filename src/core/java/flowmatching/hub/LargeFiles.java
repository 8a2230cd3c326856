package flowmatching.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings large files to the hub's store, before the commit that names them.
 *
 * <p>Git LFS' batch interface (https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md) with its transfer {@code basic} and the
 * hub's {@code multipart}.
 */
record LargeFiles(HubHttp http, RepositoryName repository, TransferListener listener) {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String TYPE = "application/vnd.git-lfs+json";
  private static final int BATCH = 256;

  /**
   * @param files by their SHA-256
   * @param branch that they are for
   */
  void upload(Map<String, Content> files, String branch) {
    listener.begin(repository.toString(), files.values().stream().mapToLong(Content::length).sum());
    List<String> hashes = new ArrayList<>(files.keySet());
    try {
      for (int from = 0; from < hashes.size(); from += BATCH) {
        Map<String, Content> some = new HashMap<>();
        hashes.subList(from, Math.min(from + BATCH, hashes.size())).forEach(hash -> some.put(hash, files.get(hash)));
        uploadBatch(some, branch);
      }
    } finally {
      listener.end();
    }
  }

  private void uploadBatch(Map<String, Content> files, String branch) {
    ObjectNode batch = MAPPER.createObjectNode().put("operation", "upload").put("hash_algo", "sha256");
    batch.putArray("transfers").add("basic").add("multipart");
    batch.putObject("ref").put("name", branch);
    ArrayNode objects = batch.putArray("objects");
    files.forEach((hash, content) -> objects.addObject().put("oid", hash).put("size", content.length()));
    URI uri = http.hub().at(repository.webPath() + ".git/info/lfs/objects/batch");
    HubRequest request = HubRequest.post(uri, repository, repository + ", upload of large files", TYPE, batch.toString()).with("Accept", TYPE);
    Map<String, JsonNode> answers = new HashMap<>();
    http.json(request).path("objects").forEach(object -> answers.put(object.path("oid").asText(), object));
    files.forEach((hash, content) -> {
      JsonNode object = answers.get(hash);
      if (object == null || object.has("error")) {
        String error = object == null ? "no answer" : object.path("error").path("message").asText();
        throw new BadInputException(request.what() + ": " + http.hub() + " does not take " + hash + ": " + HubErrors.printable(error));
      }
      if (object.path("actions").path("upload").isObject()) {
        uploadObject(object, content);
      } else { // the store has it
        listener.moved(content.length());
      }
    });
  }

  private void uploadObject(JsonNode object, Content content) {
    String hash = object.get("oid").asText();
    String what = repository + ", upload of " + hash.substring(0, 7) + " (" + content.length() + " bytes)";
    JsonNode upload = object.get("actions").get("upload");
    URI uri = address(upload);
    long partSize = upload.path("header").path("chunk_size").asLong(0);
    if (partSize > 0) {
      ObjectNode done = MAPPER.createObjectNode().put("oid", hash);
      done.set("parts", uploadParts(upload.get("header"), partSize, content, what));
      http.json(HubRequest.post(uri, repository, what, TYPE, done.toString()).with("Accept", TYPE).anonymous());
    } else {
      put(uri, what, content.slice(0, content.length(), listener));
    }
    JsonNode verify = object.get("actions").path("verify");
    if (verify.isObject()) {
      ObjectNode uploaded = MAPPER.createObjectNode().put("oid", hash).put("size", content.length());
      http.json(HubRequest.post(address(verify), repository, what, HubRequest.JSON, uploaded.toString()));
    }
  }

  /** The keys of {@code header} that are numbers, from 1 on, hold an address for each part. */
  private ArrayNode uploadParts(JsonNode header, long partSize, Content content, String what) {
    ArrayNode parts = MAPPER.createArrayNode();
    int number = 1;
    for (long from = 0; from < content.length(); from += partSize) {
      if (!header.path(String.valueOf(number)).isTextual()) {
        throw new BadInputException(what + ": expected an address for part " + number + " of " + partSize + " bytes from " + http.hub());
      }
      URI uri = HubEndpoint.next(http.hub().uri(), header.get(String.valueOf(number)).asText());
      String tag = put(uri, what + ", part " + number, content.slice(from, Math.min(partSize, content.length() - from), listener));
      parts.addObject().put("partNumber", number++).put("etag", tag);
    }
    return parts;
  }

  private URI address(JsonNode action) {
    return HubEndpoint.next(http.hub().uri(), http.hub().mirrored(action.path("href").asText()));
  }

  /** @return the entity tag of what was put */
  private String put(URI uri, String what, Content body) {
    HubRequest request = HubRequest.put(uri, repository, what, body);
    return http.backoff().run(what, () -> 0, () -> http.send(request, response -> response.header("ETag").orElse("")));
  }
}
