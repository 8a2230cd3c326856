package flowmatching.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import flowmatching.BadInputException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Makes a commit of files on a branch: nothing is seen of it until all of it is there. */
record CommitRequest(HubHttp http, RepositoryName repository, String branch, TransferListener listener) {
  private static final Logger LOGGER = LogManager.getLogger(CommitRequest.class);
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int BATCH = 256;
  /** Of a file's beginning, by which the hub tells text from data. */
  private static final int SAMPLE = 512;

  /**
   * What the commit says of a file.
   *
   * @param hash SHA-256 where it is large; else empty, and the content goes into the commit
   */
  private record Entry(String path, Content content, String hash) {
    String line() throws IOException {
      ObjectNode line = MAPPER.createObjectNode();
      if (hash.isEmpty()) {
        line.put("key", "file").putObject("value").put("content", base64(content, content.length())).put("path", path).put("encoding", "base64");
      } else {
        line.put("key", "lfsFile").putObject("value").put("path", path).put("algo", "sha256").put("oid", hash).put("size", content.length());
      }
      return line.toString();
    }
  }

  /** @return the address of the commit, or of the branch where all files were there already */
  String make(HubUpload upload) throws IOException {
    List<Entry> entries = changed(upload.files());
    String page = http.hub() + repository.webPath();
    if (entries.isEmpty()) {
      return page + "/tree/" + HubEndpoint.encode(branch);
    }
    Map<String, Content> large = new LinkedHashMap<>();
    entries.stream().filter(entry -> !entry.hash.isEmpty()).forEach(entry -> large.put(entry.hash, entry.content));
    if (!large.isEmpty()) {
      new LargeFiles(http, repository, listener).upload(large, branch);
    }
    ObjectNode header = MAPPER.createObjectNode().put("key", "header");
    header.putObject("value").put("summary", upload.message()).put("description", "");
    StringBuilder lines = new StringBuilder(header.toString()).append('\n');
    for (Entry entry : entries) {
      lines.append(entry.line()).append('\n');
    }
    HubRequest request = HubRequest.post(
        http.hub().at(repository.apiPath() + "/commit/" + HubEndpoint.encode(branch)), repository, repository + ", commit", "application/x-ndjson", lines.toString());
    try { // once: a commit whose answer is lost may have been made
      return RemoteFile.optional(http.send(request, response -> http.readJson(request, response)), "commitUrl").orElse(page);
    } catch (IOException e) {
      throw new BadInputException(request.what() + ": no answer (" + e.getMessage() + "); see whether it was made at " + page + "/commits/" + branch, e);
    }
  }

  /** The files that the branch has not, each with where the hub wants it: in the commit, or in its store of large files. */
  private List<Entry> changed(Map<String, Content> files) throws IOException {
    List<Entry> entries = new ArrayList<>();
    List<String> paths = new ArrayList<>(files.keySet());
    for (int from = 0; from < paths.size(); from += BATCH) {
      ObjectNode body = MAPPER.createObjectNode();
      ArrayNode asked = body.putArray("files");
      for (String path : paths.subList(from, Math.min(from + BATCH, paths.size()))) {
        asked.addObject().put("path", path).put("sample", base64(files.get(path), SAMPLE)).put("size", files.get(path).length());
      }
      HubRequest request = HubRequest.post(
          http.hub().at(repository.apiPath() + "/preupload/" + HubEndpoint.encode(branch)), repository, repository + ", upload", HubRequest.JSON, body.toString());
      Map<String, JsonNode> answers = new HashMap<>();
      http.json(request).path("files").forEach(answer -> answers.put(answer.path("path").asText(), answer));
      for (JsonNode file : asked) {
        String path = file.get("path").asText();
        entry(path, files.get(path), answers.get(path)).ifPresent(entries::add);
      }
    }
    return entries;
  }

  private Optional<Entry> entry(String path, Content content, JsonNode answer) throws IOException {
    if (answer == null || !answer.path("uploadMode").asText().matches("lfs|regular")) {
      throw new BadInputException(repository + ", upload: expected " + http.hub() + " to say how file " + path + " is to be sent, found " + answer);
    }
    if (answer.path("shouldIgnore").asBoolean()) {
      LOGGER.warn("{}: {} is left out, as the repository's .gitignore says", repository, path);
      return Optional.empty();
    }
    boolean large = answer.get("uploadMode").asText().equals("lfs") && content.length() > 0; // the store takes no empty files
    String hash = large ? ContentHash.sha256(content) : ContentHash.git(content);
    return hash.equals(answer.path("oid").asText()) ? Optional.empty() : Optional.of(new Entry(path, content, large ? hash : ""));
  }

  private static String base64(Content content, long length) throws IOException {
    try (InputStream in = content.open(0)) {
      return Base64.getEncoder().encodeToString(in.readNBytes((int) length));
    }
  }
}
