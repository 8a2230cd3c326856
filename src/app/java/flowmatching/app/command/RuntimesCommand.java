package flowmatching.app.command;

import flowmatching.runtime.RuntimeProvider;
import flowmatching.runtime.RuntimeProvider.Availability;
import flowmatching.runtime.Runtimes;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists the runtimes, and why one cannot be used here. */
@Command(name = "runtimes", description = "List the runtimes, which of them work here, and what the others need.")
public final class RuntimesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    for (RuntimeProvider provider : Runtimes.all()) {
      Availability found = provider.probe();
      out.printf("%-24s %-4s %s (%s)%n", provider.name(), found.usable() ? "yes" : "no", found.reason(), provider.description());
    }
    out.flush();
    return 0;
  }
}
