"use strict";
// The charts, drawn by ECharts in the page's own colours; each has its figures in a table beside it.
(() => {
  let figures = null;
  const drawn = new Map();
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const percent = (value) => value === null || value === undefined ? "—" : (value * 100).toFixed(1) + "%";

  const style = () => {
    const font = getComputedStyle(document.body).fontFamily;
    const label = { color: colour("muted"), fontFamily: font, fontSize: 12 };
    const axis = (more) => ({
      axisLabel: label, axisLine: { lineStyle: { color: colour("line") } }, axisTick: { show: false },
      splitLine: { lineStyle: { color: colour("soft") } }, nameTextStyle: label, ...more,
    });
    const tooltip = {
      renderMode: "richText", confine: true, backgroundColor: colour("card"), borderColor: colour("line"),
      textStyle: { color: colour("ink"), fontFamily: font, fontSize: 12 }, transitionDuration: 0,
    };
    return { label, axis, tooltip };
  };
  const base = (more) => ({ animation: false, aria: { enabled: true }, grid: { left: 4, right: 12, top: 14, bottom: 4, containLabel: true }, ...more });

  const kinds = {
    scores(data) {
      const { axis, tooltip, label } = style();
      const { edges, calls, width } = data.scores;
      return base({
        tooltip: { ...tooltip, trigger: "axis", formatter: ([bar]) => `${bar.name}: ${bar.value} ${QA.say("通", "calls")}` },
        xAxis: axis({ type: "category", data: edges.map((edge) => edge >= 100 ? "100" : `${edge}–${edge + width - 1}`), axisLabel: { ...label, interval: 3 } }),
        yAxis: axis({ type: "value", minInterval: 1 }),
        series: [{ type: "bar", data: calls, barCategoryGap: "12%", itemStyle: { color: colour("fill"), borderRadius: [2, 2, 0, 0] } }],
      });
    },
    sections(data) {
      const { axis, tooltip, label } = style();
      const { names, rates, reference, reference_name: named } = data.sections;
      const series = [{
        type: "bar", data: rates, barMaxWidth: 14, itemStyle: { color: colour("fill"), borderRadius: [0, 2, 2, 0] },
        label: { show: true, position: "right", formatter: (bar) => percent(bar.value), ...label, color: colour("ink") },
      }];
      if (named) series.push({ type: "scatter", data: reference, symbol: "rect", symbolSize: [3, 20], itemStyle: { color: colour("customer") } });
      return base({
        grid: { left: 4, right: 52, top: 6, bottom: 4, containLabel: true },
        tooltip: { ...tooltip, trigger: "axis", formatter: (all) => all.map((one, i) => `${i ? QA.say(...named) : one.name}  ${percent(one.value)}`).join("\n") },
        yAxis: axis({ type: "category", inverse: true, data: names, splitLine: { show: false } }),
        xAxis: axis({ type: "value", min: 0, max: 1, axisLabel: { ...label, formatter: (v) => v * 100 + "%" } }),
        series,
      });
    },
    hours(data) {
      const { axis, tooltip } = style();
      const { hours, calls, scores } = data.hours;
      return base({
        grid: { left: 4, right: 4, top: 26, bottom: 4, containLabel: true },
        tooltip: { ...tooltip, trigger: "axis", formatter: (all) => `${all[0].name}:00\n${all[0].value} ${QA.say("通", "calls")}\n${QA.say("平均分", "mean score")} ${all[1]?.value ?? "—"}` },
        xAxis: axis({ type: "category", data: hours }),
        yAxis: [axis({ type: "value", minInterval: 1, name: QA.say("通话", "calls") }), axis({ type: "value", min: 0, max: 100, name: QA.say("平均分", "score"), splitLine: { show: false } })],
        series: [
          { type: "bar", data: calls, barMaxWidth: 26, itemStyle: { color: colour("line"), borderRadius: [2, 2, 0, 0] } },
          { type: "line", yAxisIndex: 1, data: scores, symbolSize: 6, lineStyle: { width: 2 }, itemStyle: { color: colour("accent") } },
        ],
      });
    },
    trend(_, points) {
      const { axis, tooltip, label } = style();
      const days = [...new Set(points.map((point) => point.day))];
      const editions = [...new Set(points.map((point) => point.edition))]; // a line each: versions are not joined
      const line = (edition, key, more) => ({
        type: "line", name: edition, connectNulls: false, symbolSize: 6, lineStyle: { width: 2 },
        data: days.map((day) => points.find((point) => point.day === day && point.edition === edition)?.[key] ?? null), ...more,
      });
      return base({
        grid: { left: 4, right: 4, top: 28, bottom: 4, containLabel: true },
        tooltip: { ...tooltip, trigger: "axis", formatter: (all) => [all[0].name, ...all.filter((one) => one.value !== null && one.value !== undefined).map((one) => `${one.seriesName}  ${one.value <= 1 ? percent(one.value) : one.value}`)].join("\n") },
        xAxis: axis({ type: "category", data: days.map((day) => day.length === 10 ? day.slice(5) : day) }),
        yAxis: [axis({ type: "value", min: 0, max: 1, name: QA.say("实现率", "rate"), axisLabel: { ...label, formatter: (v) => v * 100 + "%" } }), axis({ type: "value", min: 0, max: 100, name: QA.say("平均分", "score"), splitLine: { show: false } })],
        series: editions.flatMap((edition) => [
          line(edition, "rate", { itemStyle: { color: colour("accent") } }),
          line(edition, "score", { yAxisIndex: 1, itemStyle: { color: colour("customer") }, lineStyle: { width: 2, type: "dashed" } }),
        ]),
      });
    },
  };

  const draw = (place) => {
    const kind = place.dataset.chart;
    drawn.get(place)?.dispose();
    const chart = echarts.init(place, null, { renderer: "canvas" });
    chart.setOption(kinds[kind](figures.editions[Number(place.dataset.edition || 0)], figures.trend));
    drawn.set(place, chart);
  };
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting && !drawn.has(entry.target)) draw(entry.target);
  }, { rootMargin: "300px" });
  const again = () => { for (const place of [...drawn.keys()]) draw(place); };

  QA.figures = (data) => {
    figures = data;
    for (const place of document.querySelectorAll("[data-chart]")) seen.observe(place);
  };
  addEventListener("beforeprint", () => { for (const place of document.querySelectorAll("[data-chart]")) if (!drawn.has(place)) draw(place); });
  addEventListener("resize", () => { for (const chart of drawn.values()) chart.resize(); });
  document.addEventListener("qa-lang", again);
  document.addEventListener("qa-theme", again);
})();
