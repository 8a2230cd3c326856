package flowmatching.app.bench;

import java.nio.file.Path;
import java.util.function.BiFunction;

/**
 * How a contestant is started. It is a process of its own, so that its memory is its own and this package's runtimes and peers
 * are treated alike. It speaks lines of JSON on its standard output and ends with its standard input:
 *
 * <ul>
 *   <li>first {@code {"description": words, "chunk": [values]}}, right after its first chunk, or {@code {"absent": sentence}};
 *   <li>then for each line {@code run} that it reads one object of numbers: {@code chunk_ms}, and whatever else it can tell.
 * </ul>
 *
 * <p>Other lines that do not begin with a brace are left out.
 *
 * @param name what the tables call it
 * @param process makes its process from a checkpoint's directory and a file of {@link Inputs}
 */
public record Entrant(String name, BiFunction<Path, Path, ProcessBuilder> process) {}
