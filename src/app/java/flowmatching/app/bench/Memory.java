package flowmatching.app.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Physical memory of processes, as Linux tells it; NaN on other systems and for processes that have ended. */
public final class Memory {
  private Memory() {}

  /** The most that a process has had resident, mapped files included, in MiB. */
  public static double peakResidentMebibytes(long process) {
    return status(process, "VmHWM:");
  }

  /** What a process has resident now, in MiB. */
  public static double residentMebibytes(long process) {
    return status(process, "VmRSS:");
  }

  private static double status(long process, String key) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + process + "/status"))) {
        if (line.startsWith(key)) {
          return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
        }
      }
    } catch (IOException e) {
      // Not Linux, or no such process.
    }
    return Double.NaN;
  }
}
