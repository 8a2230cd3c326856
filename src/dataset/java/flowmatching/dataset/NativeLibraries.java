package flowmatching.dataset;

import java.io.IOException;
import org.bytedeco.javacpp.Loader;

/**
 * Unpacks native libraries before the first of them is loaded, so that processes may start together on a machine that never had them.
 *
 * <p>JavaCPP unpacks files one by one, each under a lock, when it comes to load them. The lock says nothing about the files that a
 * library needs: {@code libtorch.so} is whole long before the {@code libtorch_cpu.so} beside it, so a second process, which finds it
 * whole, makes the system's loader follow it into a file that is still being written, and dies. Asked for a directory, JavaCPP holds
 * the same lock until all of it is there.
 */
public final class NativeLibraries {
  private NativeLibraries() {}

  /**
   * Waits for another process that unpacks, then unpacks what is missing, also on a thread that was interrupted before. To be called before a class of JavaCPP's is touched.
   *
   * @param libraries names of JavaCPP's packages, {@code ffmpeg} for {@code org.bytedeco.ffmpeg}; one that is not published for this
   *     machine is left to whoever loads it
   * @throws UnsatisfiedLinkError where they cannot be written
   */
  public static void unpack(String... libraries) {
    String platform = Loader.getPlatform();
    boolean interrupted = Thread.interrupted(); // else the lock throws, and the class that asks is of no use for the rest of the process
    try {
      for (String library : libraries) {
        for (String variant : new String[] {platform, platform + "-gpu"}) {
          Loader.cacheResources(NativeLibraries.class, "/org/bytedeco/" + library + "/" + variant);
        }
      }
    } catch (IOException e) {
      throw (Error) new UnsatisfiedLinkError("native libraries cannot be unpacked: " + e.getMessage()).initCause(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
