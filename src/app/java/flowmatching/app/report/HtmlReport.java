package flowmatching.app.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import flowmatching.BadInputException;
import flowmatching.checkpoint.NewFile;
import flowmatching.image.RgbImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A report as one HTML file that needs nothing else: pictures are inside as JPEG, charts are drawn by uPlot, which is inside too.
 */
public final class HtmlReport {
  private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

  /** With a unit perhaps, as in {@code 47%}. */
  private static final Pattern NUMBER = Pattern.compile("[-+]?[\\d.,]+(e[-+]?\\d+)? ?%?|-|");

  private static final DateTimeFormatter WHEN = DateTimeFormatter.ofPattern("d MMMM yyyy, HH:mm", Locale.ENGLISH);

  private final String title;
  private final StringBuilder body = new StringBuilder();
  private final ArrayNode charts = new ObjectMapper().createArrayNode();

  public HtmlReport(String title) {
    this.title = title;
    body.append("<h1>").append(escape(title)).append("</h1>\n<p>").append(LocalDateTime.now().format(WHEN)).append("</p>\n");
  }

  public HtmlReport heading(String text) {
    body.append("<h2>").append(escape(text)).append("</h2>\n");
    return this;
  }

  public HtmlReport paragraph(String text) {
    body.append("<p>").append(escape(text)).append("</p>\n");
    return this;
  }

  /** A table of names and values. */
  public HtmlReport facts(Map<String, ?> facts) {
    body.append("<table>");
    facts.forEach((name, value) -> {
      String number = NUMBER.matcher(String.valueOf(value)).matches() ? " class=\"number\"" : "";
      body.append("<tr><td>").append(escape(name)).append("</td><td").append(number).append('>').append(escape(String.valueOf(value))).append("</td></tr>\n");
    });
    body.append("</table>\n");
    return this;
  }

  /** Names and values that are shown when somebody asks for them. */
  public HtmlReport folded(String summary, Map<String, ?> facts) {
    body.append("<details><summary>").append(escape(summary)).append("</summary>\n");
    facts(facts);
    body.append("</details>\n");
    return this;
  }

  /** A table whose columns of numbers stand to the right, with their heads; {@code -} is a number that is not there. */
  public HtmlReport table(List<String> header, List<List<String>> rows) {
    List<Boolean> numbers = IntStream.range(0, header.size())
        .mapToObj(column -> rows.stream().allMatch(row -> NUMBER.matcher(row.get(column)).matches())).toList();
    body.append("<table>");
    row("th", header, numbers);
    rows.forEach(row -> row("td", row, numbers));
    body.append("</table>\n");
    return this;
  }

  private void row(String element, List<String> cells, List<Boolean> numbers) {
    body.append("<tr>");
    for (int i = 0; i < cells.size(); i++) {
      body.append('<').append(element).append(numbers.get(i) ? " class=\"number\">" : ">").append(escape(cells.get(i))).append("</").append(element).append('>');
    }
    body.append("</tr>\n");
  }

  /** Pictures side by side, with their captions. */
  public HtmlReport pictures(Map<String, RgbImage> pictures) {
    body.append("<div class=\"pictures\">");
    pictures.forEach((caption, image) -> {
      body.append("<figure><img alt=\"").append(escape(caption)).append("\" src=\"data:image/jpeg;base64,").append(Jpeg.base64(image));
      body.append("\"><figcaption>").append(escape(caption)).append("</figcaption></figure>\n");
    });
    body.append("</div>\n");
    return this;
  }

  /**
   * Moving pictures side by side, with their captions, again and again.
   *
   * @param films pictures of one size, one or more of each
   * @param rate pictures a second
   */
  public HtmlReport films(Map<String, List<RgbImage>> films, double rate) {
    body.append("<div class=\"pictures\">");
    films.forEach((caption, pictures) -> {
      String style = String.format(Locale.ROOT, "--pictures:%d;--seconds:%.2fs;background-image:url(data:image/jpeg;base64,%s)",
          pictures.size(), pictures.size() / rate, Jpeg.base64(Jpeg.strip(pictures)));
      body.append("<figure><div class=\"film\" role=\"img\" aria-label=\"").append(escape(caption)).append("\" style=\"").append(style);
      body.append("\"></div><figcaption>").append(escape(caption)).append("</figcaption></figure>\n");
    });
    body.append("</div>\n");
    return this;
  }

  /** Charts side by side. */
  public HtmlReport charts(List<Chart> list) {
    body.append("<div class=\"charts\">");
    for (Chart chart : list) {
      String id = "chart" + charts.size();
      body.append("<div class=\"chart\" id=\"").append(id).append("\"></div>\n");
      charts.add(chart.toJson().put("id", id));
    }
    body.append("</div>\n");
    return this;
  }

  /**
   * Makes sure, before any work is done for it, that a report can be written.
   *
   * @throws BadInputException where it is no file, or its directory does not take it
   */
  public static void prepare(Path file) {
    // Renamed over its place, a report would fail there after all the work, or take the place of a device.
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new BadInputException(file.toAbsolutePath() + ": the report cannot be written there: expected a file, found "
          + (Files.isDirectory(file) ? "a directory" : "a device or pipe"));
    }
    try {
      Path probe = file.resolveSibling("." + file.getFileName() + ".probe");
      NewFile.writeText(probe, "");
      Files.deleteIfExists(probe); // unless another process with this report has
    } catch (IOException e) {
      throw new BadInputException(file.toAbsolutePath() + ": the report cannot be written there: " + e, e);
    }
    // Loaded now: after Ctrl-C, while the process ends, Java's image code can be used but no longer started.
    Jpeg.base64(new RgbImage(1, 1, new byte[3]));
  }

  /** Writes the file whole or not at all. */
  public void write(Path file) throws IOException {
    // Neither "</script" nor "<!--" may be seen in a script element.
    String data = charts.toString().replace("<", "\\u003c");
    String html =
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
            + "<title>" + escape(title) + "</title>\n<style>" + resource(UPLOT + "uPlot.min.css") + resource("/report.css") + "</style></head>\n<body>\n"
            + body + "<script>" + resource(UPLOT + "uPlot.iife.min.js") + "</script>\n<script>const charts = " + data + ";\n" + resource("/report.js")
            + "</script>\n</body></html>\n";
    NewFile.writeText(file, html);
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("resource " + name + " is missing from the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
  }
}
