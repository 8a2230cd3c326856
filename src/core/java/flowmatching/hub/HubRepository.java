package flowmatching.hub;

import flowmatching.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** A model or data set of the hub, at a revision. Immutable. */
public final class HubRepository {
  private static final Logger LOGGER = LogManager.getLogger(HubRepository.class);

  private final HubSettings settings;
  private final HubHttp http;
  private final TransferListener listener;
  private final RepositoryName name;
  private final Path cacheRoot;
  private final RepositoryCache cache;
  private final RemoteRepository remote;
  private final String revision;
  private final boolean fresh;

  HubRepository(HubSettings settings, HubHttp http, TransferListener listener, RepositoryName name, Path cacheRoot, String revision, boolean fresh) {
    this.settings = settings;
    this.http = http;
    this.listener = listener;
    this.name = name;
    this.cacheRoot = cacheRoot;
    this.cache = new RepositoryCache(cacheRoot, name);
    this.remote = new RemoteRepository(http, name);
    this.revision = revision;
    this.fresh = fresh;
  }

  /**
   * The same repository at a branch, tag or commit.
   *
   * @throws BadInputException where git allows no such name
   */
  public HubRepository at(String other) {
    try {
      RemoteFile.checkPath(other);
    } catch (BadInputException e) {
      throw new BadInputException(name + ": expected a branch, tag or commit, found '" + HubErrors.printable(other) + "'", e);
    }
    return new HubRepository(settings, http, listener, name, cacheRoot, other, fresh);
  }

  /** The same repository, where downloads ask the hub for the revision's newest commit, even if the cache has all files of an older one. */
  public HubRepository fresh() {
    return new HubRepository(settings, http, listener, name, cacheRoot, revision, true);
  }

  /**
   * Brings files to the cache. Where they are there, no request is made.
   *
   * @return the snapshot's directory, in which the files have their paths
   * @throws BadInputException where a file is not in the repository, the hub cannot be reached or refuses, or contents are not what the
   *     hub's listing says
   */
  public Path download(String... files) {
    List<String> required = Stream.of(files).distinct().toList();
    required.forEach(RemoteFile::checkPath);
    return download(required, required::contains);
  }

  /** Brings all files whose paths are wanted, as {@link #download(String...)}. */
  public Path download(Predicate<String> wanted) {
    return download(List.of(), wanted);
  }

  private Path download(List<String> required, Predicate<String> wanted) {
    try {
      Optional<String> known = fresh ? Optional.empty() : cache.commit(revision);
      if (known.isPresent() && isComplete(known.get(), required, wanted)) {
        LOGGER.info("{} at {}: commit {} of the cache", name, revision, known.get());
        return cache.snapshot(known.get());
      }
      return fetch(required, wanted);
    } catch (IOException e) {
      throw new BadInputException(name + ": the cache " + cacheRoot + " cannot be used: " + e, e);
    }
  }

  private boolean isComplete(String commit, List<String> required, Predicate<String> wanted) throws IOException {
    Optional<List<RemoteFile>> listing = cache.listing(commit);
    if (listing.isEmpty()) { // by a client that keeps none
      return !required.isEmpty() && required.stream().allMatch(file -> Files.isRegularFile(cache.snapshot(commit).resolve(file)));
    }
    List<RemoteFile> files = listing.get().stream().filter(file -> wanted.test(file.path())).toList();
    if (files.isEmpty() || files.size() < required.size()) {
      return false;
    }
    for (RemoteFile file : files) {
      if (!cache.destination(commit).holds(file)) {
        return false;
      }
    }
    return true;
  }

  private Path fetch(List<String> required, Predicate<String> wanted) throws IOException {
    String files = required.isEmpty() ? "its files" : String.join(", ", required);
    if (settings.offline()) {
      return withoutHub(required, new BadInputException(
          name + " at " + revision + ": " + files + " are not all in the cache " + cacheRoot + ", and HF_HUB_OFFLINE forbids to ask the hub"));
    }
    try {
      return bring(commit(), required, wanted);
    } catch (Backoff.Unreachable e) {
      return withoutHub(required, e);
    }
  }

  /** What another client brought and did not list is all that there is; whether it is enough, its reader sees. */
  private Path withoutHub(List<String> required, BadInputException failure) {
    Path snapshot = cache.commit(revision).filter(commit -> required.isEmpty() && cache.listing(commit).isEmpty())
        .map(cache::snapshot).filter(Files::isDirectory).orElseThrow(() -> failure);
    LOGGER.warn("{} at {}: {} has no list of its files and may lack some; the hub was not asked", name, revision, snapshot);
    return snapshot;
  }

  private Path bring(String commit, List<String> required, Predicate<String> wanted) throws IOException {
    List<RemoteFile> listing = cache.listing(commit).orElse(null);
    if (listing == null) {
      listing = remote.files(commit);
      cache.writeListing(commit, listing);
    }
    for (String path : required) {
      if (listing.stream().noneMatch(file -> file.path().equals(path))) {
        cache.writeMissing(commit, path);
        throw new BadInputException(name + " at " + revision + ": expected a file " + path + ", found " + sample(listing));
      }
    }
    new Download(http, name, commit, settings.downloadTimeout(), listener).bring(chosen(listing, wanted), cache.destination(commit));
    cache.writeRef(revision, commit); // last: until then the older commit is what is used
    return cache.snapshot(commit);
  }

  /**
   * Brings files to a directory of the user's, which needs no cache. Those that are there with the right content stay.
   *
   * @throws BadInputException as {@link #download(String...)}
   */
  void downloadTo(Path directory, Predicate<String> wanted) {
    String commit = commit();
    List<RemoteFile> files = chosen(remote.files(commit), wanted);
    try {
      BlobLock.hold(LocalCopy.work(directory).resolve("flowmatching.lock"), () ->
          new Download(http, name, commit, settings.downloadTimeout(), listener).bring(files, new LocalCopy(directory)));
    } catch (IOException e) {
      throw new BadInputException(name + ": " + directory + " cannot be used: " + e, e);
    }
  }

  private List<RemoteFile> chosen(List<RemoteFile> listing, Predicate<String> wanted) {
    List<RemoteFile> files = listing.stream().filter(file -> wanted.test(file.path())).toList();
    if (files.isEmpty()) {
      throw new BadInputException(name + " at " + revision + ": none of the files that are needed, only " + sample(listing));
    }
    return files;
  }

  private static String sample(List<RemoteFile> listing) {
    List<String> paths = listing.stream().map(RemoteFile::path).sorted().limit(10).toList();
    return paths.isEmpty() ? "no files" : String.join(", ", paths) + (listing.size() > paths.size() ? " and " + (listing.size() - paths.size()) + " more" : "");
  }

  /** Branches and tags that the hub has. */
  List<String> refs() {
    return remote.refs();
  }

  /** Branches and tags that the cache has. */
  List<String> seen() throws IOException {
    return fresh ? List.of() : cache.refs();
  }

  /** The commit of the revision, asked from the hub unless it is one. */
  String commit() {
    return RemoteFile.isCommit(revision) ? revision : remote.commit(revision);
  }

  /**
   * Makes a commit on the branch that this repository is at, and the repository where there is none.
   *
   * @param visible whether a new repository is seen by all; empty: as the owner has set on the hub. One that is there stays as it is
   * @return the address of the commit
   * @throws BadInputException where there is no token, or the hub cannot be reached or refuses; files of the commit are then not seen
   */
  public String upload(HubUpload upload, Optional<Boolean> visible) {
    if (settings.token().isEmpty()) {
      throw new BadInputException(name + ": an upload needs a token: " + HubErrors.identify(http.hub(), Optional.empty()));
    }
    remote.create(visible);
    try {
      return new CommitRequest(http, name, revision, listener).make(upload);
    } catch (IOException e) {
      throw new BadInputException(name + ": a file cannot be read: " + e, e);
    }
  }

  /** Puts a tag where this repository is at, away from where it was. LeRobot finds data sets by the tag of their format, v3.0. */
  public void tag(String tag) {
    remote.tag(tag, revision);
  }

  @Override
  public String toString() {
    return name.toString();
  }
}
