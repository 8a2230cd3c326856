package flowmatching.app.command;

import flowmatching.app.Terminal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;

/** The keyboard of who stands beside a robot. */
final class Keys {
  private Keys() {}

  /**
   * Listens where there is a terminal, until the process ends.
   *
   * @param enter done after Enter
   * @param again done after r and Enter
   */
  static void listen(Runnable enter, Runnable again) {
    if (!Terminal.isInput()) {
      return;
    }
    Thread thread = new Thread(() -> {
      try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          (line.trim().equals("r") ? again : enter).run();
        }
      } catch (IOException e) {
        // The terminal is gone.
      }
    }, "keys");
    thread.setDaemon(true);
    thread.start();
  }
}
