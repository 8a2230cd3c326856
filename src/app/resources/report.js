// Draws every chart of the report with uPlot; `charts` is the list that the page holds as JSON.
(function () {
  const colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b"];
  const light = ["#6baed6", "#ff8a80", "#7bc87b", "#c5a3e0", "#ffb366", "#c49c94"];
  const dark = matchMedia("(prefers-color-scheme: dark)");
  // uPlot's own has three decimals: a learning rate would be 0.
  const shown = value => value == null ? "--" : String(Number(value.toPrecision(5)));
  let plots = [];

  function draw() {
    plots.forEach(plot => plot.destroy());
    const page = getComputedStyle(document.documentElement);
    const of = dark.matches ? light : colours;
    const axis = (label, size) => ({
      label, size, stroke: page.getPropertyValue("--text"), values: (plot, at) => at.map(shown),
      grid: { stroke: page.getPropertyValue("--rule"), width: 1 }, ticks: { stroke: page.getPropertyValue("--rule"), width: 1 },
    });
    plots = charts.map(chart => {
      const bars = chart.kind === "bars";
      const margin = bars && chart.x.length > 1 ? (chart.x[1] - chart.x[0]) / 2 : 0;
      const series = [{ label: chart.xLabel, value: (plot, v) => shown(v) }].concat(chart.series.map((s, i) => ({
        label: s.name,
        value: (plot, v) => shown(v),
        stroke: of[i % of.length],
        width: bars ? 1 : 1.5,
        dash: s.dashed ? [6, 4] : undefined,
        fill: bars ? of[i % of.length] + "55" : undefined,
        paths: bars ? uPlot.paths.bars({ size: [0.9, 100] }) : undefined,
        points: { show: false },
      })));
      return new uPlot({
        title: chart.title, width: 520, height: 240, series,
        scales: { x: { time: false, range: margin ? (plot, min, max) => [min - margin, max + margin] : undefined } },
        axes: [axis(chart.xLabel, 50), axis(chart.yLabel, 72)],
      }, [chart.x].concat(chart.series.map(s => s.values)), document.getElementById(chart.id));
    });
  }

  dark.addEventListener("change", draw);
  draw();
})();
