package flowmatching.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A repository of {@link HubServer}. */
public final class ServedRepository {
  private static final ObjectMapper JSON = new ObjectMapper();

  final Map<String, Map<String, byte[]>> commits = new ConcurrentHashMap<>();
  final Map<String, String> branches = new ConcurrentHashMap<>();
  final Map<String, String> tags = new ConcurrentHashMap<>();
  final List<String> messages = new CopyOnWriteArrayList<>();
  /** Entries that no repository has, for what a hostile hub may say. */
  final List<ObjectNode> moreTree = new CopyOnWriteArrayList<>();
  volatile boolean isPrivate;

  ServedRepository() {
    put("main", Map.of());
  }

  /** Puts a commit with these files only on a branch, and gives its name. */
  public String put(String branch, Map<String, byte[]> files) {
    StringBuilder text = new StringBuilder(branch + commits.size());
    new TreeMap<>(files).forEach((path, content) -> text.append(path).append(gitHash(content)));
    String commit = hex("SHA-1", text.toString().getBytes(StandardCharsets.UTF_8));
    commits.put(commit, Map.copyOf(files));
    branches.put(branch, commit);
    return commit;
  }

  public void tag(String tag, String commit) {
    tags.put(tag, commit);
  }

  String commit(String revision) {
    return commits.containsKey(revision) ? revision : branches.getOrDefault(revision, tags.get(revision));
  }

  /** As the hub's rules for its default .gitattributes say. */
  static boolean isLarge(String path) {
    return path.matches(".*\\.(safetensors|parquet|mp4|bin)");
  }

  List<ObjectNode> tree(String commit) {
    List<ObjectNode> entries = new ArrayList<>();
    new TreeMap<>(commits.get(commit)).forEach((path, content) -> {
      ObjectNode entry = JSON.createObjectNode().put("type", "file");
      if (isLarge(path)) {
        String hash = hex("SHA-256", content);
        byte[] pointer = ("version https://git-lfs.github.com/spec/v1\noid sha256:" + hash + "\nsize " + content.length + "\n").getBytes(StandardCharsets.US_ASCII);
        entry.put("oid", gitHash(pointer)).put("size", content.length).putObject("lfs").put("oid", hash).put("size", content.length).put("pointerSize", pointer.length);
      } else {
        entry.put("oid", gitHash(content)).put("size", content.length);
      }
      entries.add(entry.put("path", path));
      if (path.contains("/")) {
        entries.add(JSON.createObjectNode().put("type", "directory").put("oid", "0".repeat(40)).put("size", 0).put("path", path.substring(0, path.lastIndexOf('/'))));
      }
    });
    entries.addAll(moreTree);
    return entries;
  }

  ObjectNode refs() {
    ObjectNode refs = JSON.createObjectNode();
    Map.of("branches", branches, "tags", tags).forEach((kind, all) -> {
      ArrayNode list = refs.putArray(kind);
      all.forEach((name, commit) -> list.addObject().put("name", name).put("ref", "refs/" + (kind.equals("tags") ? "tags/" : "heads/") + name).put("targetCommit", commit));
    });
    refs.putArray("converts");
    return refs;
  }

  ObjectNode preupload(JsonNode body, String branch) {
    Map<String, byte[]> there = commits.get(branches.get(branch));
    ObjectNode answer = JSON.createObjectNode();
    ArrayNode files = answer.putArray("files");
    for (JsonNode asked : body.path("files")) {
      String path = asked.get("path").asText();
      byte[] content = there.get(path);
      files.addObject().put("path", path).put("uploadMode", isLarge(path) ? "lfs" : "regular").put("shouldIgnore", path.endsWith(".ignored"))
          .put("oid", content == null ? null : isLarge(path) ? hex("SHA-256", content) : gitHash(content));
    }
    return answer;
  }

  static String gitHash(byte[] content) {
    byte[] header = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
    byte[] all = new byte[header.length + content.length];
    System.arraycopy(header, 0, all, 0, header.length);
    System.arraycopy(content, 0, all, header.length, content.length);
    return hex("SHA-1", all);
  }

  static String hex(String algorithm, byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
