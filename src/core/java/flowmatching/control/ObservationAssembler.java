package flowmatching.control;

import flowmatching.image.RgbImage;
import flowmatching.policy.Observation;
import flowmatching.policy.PolicySpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Keeps the latest sample of each stream and makes observations of them. Samples may come from any thread; nobody waits for
 * anybody.
 *
 * <p>A sample's age counts from its stamp or its arrival, whichever is earlier, so that neither a slow network nor a stamp from
 * the future makes an old picture look new. A stamp of 0 means that the driver sets none.
 */
public final class ObservationAssembler {
  /** Key of the state's stream. */
  public static final String STATE = "observation.state";

  /**
   * How far ahead of simulated time a stamp may lie, nanoseconds: a simulator publishes what belongs to a step before /clock says that
   * step, and its steps may be long.
   */
  private static final long AHEAD_SIMULATED = 1_000_000_000;

  private final ControlClock clock;
  private final long ahead;
  private final Runnable arrived;
  private final int stateSize;
  private final int missingCameras;
  private final List<Stream> cameras = new ArrayList<>();
  private final List<Stream> streams;
  private final Map<String, Stream> byKey = new HashMap<>();
  private final AtomicReferenceArray<Sample> latest;
  private final AtomicLong unknown;
  private final AtomicLong wrongLength;
  private final AtomicLong notFinite;

  /**
   * @param spec which streams the policy sees
   * @param config how old a sample may be
   * @param clock what arrivals are timed with
   * @param arrived called on the producer's thread after each sample that was kept; must not block
   */
  public ObservationAssembler(PolicySpec spec, ControllerConfig config, ControlClock clock, Counters counters, Runnable arrived) {
    this.clock = clock;
    ahead = config.useSimTime() ? AHEAD_SIMULATED : 0;
    this.arrived = arrived;
    stateSize = spec.stateSize();
    missingCameras = spec.missingCameras();
    spec.cameras().forEach(camera -> cameras.add(stream(camera.key(), config, counters)));
    streams = new ArrayList<>(cameras);
    if (stateSize > 0) {
      streams.add(stream(STATE, config, counters));
    }
    latest = new AtomicReferenceArray<>(streams.size());
    unknown = counters.named("stream.unknown");
    wrongLength = counters.named("stream." + STATE + ".wrong_length");
    notFinite = counters.named("stream." + STATE + ".not_finite");
  }

  private Stream stream(String key, ControllerConfig config, Counters counters) {
    Stream stream = new Stream(byKey.size(), key, config.maxAge(key).toNanos(), counters);
    byKey.put(key, stream);
    return stream;
  }

  /** Keeps a picture; one of a camera that the policy does not see is counted and dropped. */
  public void offerImage(String key, RgbImage image, long stamp) {
    Stream stream = byKey.get(key);
    if (stream == null || stream.index >= cameras.size()) {
      unknown.incrementAndGet();
      return;
    }
    keep(stream, image, stamp);
  }

  /** Keeps a copy of a state; one of another length or with a value that is not finite is counted and dropped. */
  public void offerState(float[] state, long stamp) {
    Stream stream = byKey.get(STATE);
    if (stream == null) {
      unknown.incrementAndGet();
      return;
    }
    if (state.length != stateSize) {
      wrongLength.incrementAndGet();
      return;
    }
    float[] copy = state.clone();
    for (float value : copy) {
      if (!Float.isFinite(value)) {
        notFinite.incrementAndGet();
        return;
      }
    }
    keep(stream, copy, stamp);
  }

  private void keep(Stream stream, Object value, long stamp) {
    long arrival = clock.now();
    if (arrival == SimulatedClock.NOT_STARTED) {
      arrival = stamp;
    } else if (stamp - arrival > ahead) {
      stream.fromFuture.incrementAndGet();
    }
    stream.received.incrementAndGet();
    latest.set(stream.index, new Sample(value, stamp == 0 ? arrival : stamp, arrival));
    arrived.run();
  }

  /** Forgets the samples of a time that has not come yet, after the clock jumped back to {@code now}. */
  void forgetAfter(long now) {
    for (int i = 0; i < latest.length(); i++) {
      Sample sample = latest.get(i);
      if (sample != null && sample.stamp > now) {
        latest.compareAndSet(i, sample, null);
      }
    }
  }

  /**
   * Why no observation can be made at {@code now}: a camera beyond those that may be missing, or the state, has no sample or too
   * old a one. Null where one can be made. Allocates nothing.
   */
  public ControllerStatus lost(long now) {
    int allowed = missingCameras;
    for (int i = 0; i < streams.size(); i++) {
      ControllerStatus lost = streams.get(i).lost(latest.get(i), now);
      if (lost != null && (i >= cameras.size() || allowed-- <= 0)) {
        return lost;
      }
    }
    return null;
  }

  /**
   * The observation of {@code now}, or null where {@link #lost} says why not. Cameras that may be missing and are, are left out.
   */
  TimedObservation assemble(long now) {
    Map<String, RgbImage> images = new HashMap<>();
    float[] state = {};
    int allowed = missingCameras;
    long newest = Long.MIN_VALUE;
    long oldest = Long.MAX_VALUE;
    for (Stream stream : streams) {
      Sample sample = latest.get(stream.index);
      boolean camera = stream.index < cameras.size();
      if (stream.lost(sample, now) != null) {
        if (!camera || allowed-- <= 0) {
          return null;
        }
        continue;
      }
      if (camera) {
        images.put(stream.key, (RgbImage) sample.value);
      } else {
        state = ((float[]) sample.value).clone();
      }
      long instant = Math.min(now, sample.stamp <= now ? sample.stamp : sample.arrival);
      newest = Math.max(newest, instant);
      oldest = Math.min(oldest, instant);
    }
    boolean empty = newest == Long.MIN_VALUE;
    return new TimedObservation(new Observation(images, state), empty ? now : newest, empty ? now : oldest);
  }

  /** The latest state, of any age, or null; not to be changed. */
  float[] state() {
    Sample sample = stateSize == 0 ? null : latest.get(streams.size() - 1);
    return sample == null ? null : (float[]) sample.value;
  }

  private record Sample(Object value, long stamp, long arrival) {}

  /** One stream and its ready-made sentences. */
  private static final class Stream {
    private final int index;
    private final String key;
    private final long maxAge;
    private final AtomicLong received;
    private final AtomicLong fromFuture;
    private final ControllerStatus missing;
    private final ControllerStatus silent;
    private final ControllerStatus old;

    private Stream(int index, String key, long maxAge, Counters counters) {
      this.index = index;
      this.key = key;
      this.maxAge = maxAge;
      received = counters.named("stream." + key + ".received");
      fromFuture = counters.named("stream." + key + ".stamp_from_future");
      double seconds = maxAge / 1e9;
      missing = new ControllerStatus(ControllerState.HOLDING, "waiting for the first sample of " + key);
      silent = new ControllerStatus(ControllerState.HOLDING, "no sample of " + key + " for more than " + seconds + " s");
      old = new ControllerStatus(
          ControllerState.HOLDING, "samples of " + key + " arrive stamped more than " + seconds + " s ago: is its clock right?");
    }

    private ControllerStatus lost(Sample sample, long now) {
      if (sample == null) {
        return missing;
      }
      if (now - sample.arrival > maxAge) {
        return silent;
      }
      return now - sample.stamp > maxAge ? old : null;
    }
  }
}
