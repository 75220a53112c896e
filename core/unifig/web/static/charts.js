// Draws the figures of a page with Plotly, in the page's own colours.
//
// <figure data-chart data-form="ID"> holds an element of class "plot" and, in a script of type
// application/json, {data, layout, brushes}. A colour in there may be "var(--text)" and the like.
// data-form names the form that what is brushed on parallel coordinates goes into. Its inputs are
// found by data-axis, the axis's name: with data-end="low" and "high" those of a range, and of a
// <select multiple data-axis> the options by data-code.
"use strict";

(() => {
  const RUNS = "/run/";
  const DIGITS = 6;
  const NARROW = 600; // pixels, in which a legend has no place beside the chart
  const BELOW = { orientation: "h", x: 0, y: -0.3, yanchor: "top" };
  const SLACK = 1e-9; // a logarithm and its power are not quite the number that it was
  const CONFIG = {
    responsive: true,
    displaylogo: false,
    showSendToCloud: false, // unless told, Plotly offers to upload the chart
    plotlyServerURL: "",
    typesetMath: false,
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
    toImageButtonOptions: { filename: "unifig", scale: 2 },
  };
  // The script draws axes in black; of the ticks, those without a text are there to snap to.
  const STYLE = `
    .parcoords .axis .domain { stroke: var(--text) !important; stroke-opacity: 0.4 !important; }
    .parcoords .axis .tick > line { stroke: none !important; }
    .parcoords text { paint-order: stroke; stroke: var(--surface); stroke-width: 3px; text-shadow: none !important; }`;

  // Colours

  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pixel = canvas.getContext("2d", { willReadFrequently: true });

  // What a variable of the page's style comes to, in a form that Plotly reads.
  function colour(value) {
    const name = value.slice("var(".length, -1);
    const said = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = "gray";
    pixel.fillStyle = said;
    pixel.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data;
    return `rgba(${red},${green},${blue},${alpha / 255})`;
  }

  // A copy with the colours of now. Texts of runs are never under the name of a colour.
  function coloured(part, name = "") {
    if (typeof part === "string") {
      return /color$/.test(name) && part.startsWith("var(") ? colour(part) : part;
    }
    if (Array.isArray(part)) {
      return typeof part[0] === "object" ? part.map((item) => coloured(item)) : part;
    }
    if (part === null || typeof part !== "object") return part;
    const pairs = Object.entries(part).map(([key, item]) => [key, coloured(item, key)]);
    return Object.fromEntries(pairs);
  }

  // Runs

  function open(event) {
    const point = event.points[0];
    const path = point.customdata ?? point.data.meta?.run;
    if (typeof path !== "string") return;
    const address = RUNS + path.split("/").map(encodeURIComponent).join("/");
    const apart = event.event && (event.event.ctrlKey || event.event.metaKey);
    if (apart) window.open(address, "_blank", "noopener");
    else window.location.assign(address);
  }

  function point(plot, cursor) {
    for (const layer of plot.querySelectorAll(".nsewdrag")) layer.style.cursor = cursor;
  }

  // Brushes

  // A number with few digits, no narrower than what was brushed.
  function outward(number, up) {
    const near = Number(number.toPrecision(DIGITS));
    if (number === 0 || (up ? near >= number : near <= number)) return near;
    const unit = 10 ** (Math.floor(Math.log10(Math.abs(number))) - DIGITS + 1);
    return Number((near + (up ? unit : -unit)).toPrecision(DIGITS));
  }

  // What stands in the two inputs of an axis; nothing where the end of the axis is reached.
  function ends(brush, brushed, axis) {
    if (!brushed.length) return ["", ""];
    const real = (at, slack) => (brush.log ? 10 ** at * (1 + slack) : at);
    const [low, high] = [Math.min(...brushed[0]), Math.max(...brushed[0])];
    const [first, last] = axis ? [Math.min(...axis), Math.max(...axis)] : [-Infinity, Infinity];
    const near = SLACK * (last - first);
    return [
      low <= first + near ? "" : outward(real(low, -SLACK), false),
      high >= last - near ? "" : outward(real(high, SLACK), true),
    ];
  }

  function ranges(brushed) {
    if (!brushed || !brushed.length) return [];
    return Array.isArray(brushed[0]) ? brushed : [brushed];
  }

  function fill(form, brush, dimension) {
    const brushed = ranges(dimension.constraintrange);
    const within = (at) => brushed.some(([low, high]) => low <= at && at <= high);
    const [low, high] = brush.codes ? ["", ""] : ends(brush, brushed, dimension.range);
    const codes = new Set((brush.codes || []).filter((_, at) => within(at)).map(String));
    for (const input of form.querySelectorAll("[data-axis]")) {
      if (input.dataset.axis !== brush.name) continue;
      if (input.dataset.end === "low") input.value = low;
      if (input.dataset.end === "high") input.value = high;
      for (const option of input.options || []) option.selected = codes.has(option.dataset.code);
    }
  }

  // The dimensions of parallel coordinates; dragging an axis gives them another order.
  function dimensions(plot) {
    const trace = plot.data.find((item) => item.type === "parcoords");
    return trace ? trace.dimensions : [];
  }

  // Only what was brushed now: what stood in the form of the others is exact.
  function keep(plot, figure, form) {
    for (const dimension of dimensions(plot)) {
      const at = Number(dimension.name);
      const known = figure.data[0].dimensions[at];
      const now = dimension.constraintrange;
      if (JSON.stringify(ranges(now)) === JSON.stringify(ranges(known.constraintrange))) continue;
      known.constraintrange = now;
      if (form) fill(form, figure.brushes[at], dimension);
    }
  }

  // Figures

  function fail(plot, error) {
    plot.textContent =
      "This chart can't be drawn in this browser; the table beside it has the same numbers. " +
      `(${error.message || error})`;
    plot.removeAttribute("role");
    plot.style.height = "auto";
    plot.dataset.failed = "";
  }

  const read = (element) =>
    JSON.parse(element.querySelector('script[type="application/json"]').textContent);

  async function draw(element, plot) {
    let figure = read(element);
    if (!window.Plotly) throw new Error("its script, /plotly.js, did not load");
    const form = element.dataset.form && document.getElementById(element.dataset.form);
    if (figure.layout.height) plot.style.height = `${figure.layout.height}px`;
    const show = () => {
      const layout = coloured(figure.layout);
      if (plot.clientWidth < NARROW) layout.legend = { ...layout.legend, ...BELOW };
      return window.Plotly.react(plot, coloured(figure.data), layout, CONFIG);
    };
    await show();
    plot.on("plotly_click", open);
    plot.on("plotly_hover", () => point(plot, "pointer"));
    plot.on("plotly_unhover", () => point(plot, ""));
    if (dimensions(plot).length) plot.on("plotly_restyle", () => keep(plot, figure, form));
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
    element.addEventListener("changed", () => {
      figure = read(element);
      show();
    });
    plot.dataset.drawn = "";
  }

  function begin(element) {
    const plot = element.querySelector(".plot");
    draw(element, plot).catch((error) => fail(plot, error));
  }

  // The charts of a page that refreshes by itself: those that are there go on, new ones begin.

  function refresh(grid, now) {
    const fresh = [...now.children];
    const names = (parent) => [...parent.querySelectorAll("figure[data-chart]")].map((one) => one.dataset.chart);
    if (names(grid).join("\n") !== names(now).join("\n")) {
      grid.replaceChildren(...fresh.map((one) => document.importNode(one, true)));
      grid.querySelectorAll("figure[data-chart]").forEach(begin);
      return;
    }
    fresh.forEach((one, at) => {
      const old = grid.children[at];
      const [table, rows] = [old, one].map((it) => it.querySelector("details"));
      if (!table.open) table.replaceWith(document.importNode(rows, true));
      const [data, more] = [old, one].map((it) => it.querySelector('script[type="application/json"]'));
      if (data.textContent === more.textContent) return;
      data.textContent = more.textContent;
      old.querySelector("figure").dispatchEvent(new Event("changed"));
    });
  }

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

  document.querySelectorAll("figure[data-chart]").forEach(begin);
  document.addEventListener("charts", (event) => {
    refresh(document.querySelector('[data-live="charts"]'), event.detail);
  });
})();
