package flowmatching.app.command;

import flowmatching.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code bench --gpu-bundle}: packs this checkout for a GPU machine that has nothing installed, by the script that packs releases. */
final class GpuBundle {
  private static final String SCRIPT = "packaging/release.sh";

  // `help`: then no network is wanted beside it.
  @Option(
      names = "--gpu-bundle", arity = "0..1", fallbackValue = "60M", paramLabel = "SIZE", help = true,
      description = "Measure nothing here: pack what a bare machine with an NVIDIA GPU needs to be measured, in pieces of SIZE (${FALLBACK-VALUE}); docs/gpu.md.")
  private String size;

  boolean wanted() {
    return size != null;
  }

  /**
   * Packs; what the script says goes to this process's output.
   *
   * @return its exit code
   * @throws BadInputException where this is no checkout, or the size is none
   */
  int pack() throws IOException, InterruptedException {
    if (!size.matches("[1-9][0-9]*[A-Za-z]*")) { // as a network that follows the flag
      throw new BadInputException("--gpu-bundle: expected a size as `split -b` takes it, as 60M, found '" + size + "'");
    }
    Path home = Home.directory();
    if (!Files.isRegularFile(home.resolve(SCRIPT))) {
      throw new BadInputException("--gpu-bundle: expected a checkout, which has " + SCRIPT + ", found " + home);
    }
    return new ProcessBuilder("bash", SCRIPT, "--gpu", "--split=" + size).directory(home.toFile()).inheritIO().start().waitFor();
  }
}
