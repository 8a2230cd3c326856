// Draws every chart of the report with uPlot; `charts` is the list that the page holds as JSON.
(function () {
  const colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b"];
  for (const chart of charts) {
    const bars = chart.kind === "bars";
    const series = [{ label: chart.xLabel }].concat(chart.series.map((s, i) => ({
      label: s.name,
      stroke: colours[i % colours.length],
      width: bars ? 1 : 1.5,
      dash: s.dashed ? [6, 4] : undefined,
      fill: bars ? colours[i % colours.length] + "55" : undefined,
      paths: bars ? uPlot.paths.bars({ size: [0.9, 100] }) : undefined,
      points: { show: false },
    })));
    new uPlot({
      title: chart.title, width: 520, height: 240, series,
      scales: { x: { time: false } },
      axes: [{ label: chart.xLabel }, { label: chart.yLabel, size: 64 }],
    }, [chart.x].concat(chart.series.map(s => s.values)), document.getElementById(chart.id));
  }
})();
