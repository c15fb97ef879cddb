"use strict";
(() => {
  const page = document.documentElement;
  const table = document.querySelector("table.incidents");
  if (!table) return;

  const plots = JSON.parse(document.getElementById("plots").textContent);
  const bodies = [...table.tBodies];
  const dayLong = 24 * 3600 * 1000;
  const numbers = new Intl.NumberFormat("en");

  const colour = (name) => getComputedStyle(page).getPropertyValue(`--${name}`).trim();
  const values = (line) => line === "" ? [] : line.split(",").map((part) => (part === "" ? null : Number(part)));
  const dayAt = (place) => new Date(Date.parse(`${plots.first}T00:00:00Z`) + place * dayLong);
  const iso = (day) => day.toISOString().slice(0, 10);
  const readable = (name) => name.replaceAll("_", " ");

  const config = () => ({
    background: null,
    font: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
    aria: false,
    view: { stroke: null },
    axis: {
      labelColor: colour("soft"), titleColor: colour("soft"), titleFontWeight: "normal", labelFontSize: 11, titleFontSize: 11,
      gridColor: colour("line"), domain: false, ticks: false, labelPadding: 6,
    },
    legend: { labelColor: colour("ink"), titleColor: colour("soft"), labelFontSize: 12, symbolType: "square", symbolSize: 90, orient: "bottom", title: null, offset: 8, columnPadding: 12, labelLimit: 110 },
  });
  const time = { field: "day", type: "temporal", scale: { type: "utc" }, title: null, axis: { format: "%-d %b", grid: false, labelOverlap: true, tickCount: 6 } };
  const plays = (extra) => ({ type: "quantitative", title: null, axis: { tickCount: 4, format: "~s" }, ...extra });

  const total = (own) => {
    const low = values(own.low), high = values(own.high);
    const rows = values(own.plays).map((count, at) => ({
      day: dayAt(at).getTime(), plays: count, low: low[at] ?? null, high: high[at] ?? null,
    }));
    const tooltip = [
      { field: "day", type: "temporal", timeUnit: "utcyearmonthdate", title: "Day", format: "%Y-%m-%d" },
      { field: "plays", title: "Plays", format: "," }, { field: "low", title: "Expected from", format: "," }, { field: "high", title: "Expected to", format: "," },
    ];
    const first = Date.parse(`${own.first}T00:00:00Z`);
    const layers = [
      { mark: { aria: false, type: "area", color: colour("band"), opacity: 0.75 }, transform: [{ filter: "isValid(datum.low)" }], encoding: { y: plays({ field: "low" }), y2: { field: "high" } } },
      { mark: { aria: false, type: "line", color: colour("plays"), strokeWidth: 2, invalid: "break-paths-show-domains" }, encoding: { y: plays({ field: "plays" }) } },
      { mark: { aria: false, type: "point", color: colour("plays"), filled: true, size: 22 }, transform: [{ filter: "isValid(datum.plays)" }], encoding: { y: plays({ field: "plays" }), tooltip } },
    ];
    if (rows.length && first >= rows[0].day) {
      layers.unshift({ data: { values: [{ day: first }] }, mark: { aria: false, type: "rule", color: colour("first"), strokeDash: [2, 3], strokeWidth: 1.5 } });
    }
    return { height: 200, data: { values: rows }, encoding: { x: time }, layer: layers };
  };

  const stacked = (parts, whole, columns) => {
    const most = 4;
    const start = plots.count - plots.parts;
    const names = Object.keys(parts);
    const drawn = names.slice(0, most);
    const lines = drawn.map((name) => values(parts[name]));
    const rest = names.slice(most).map((name) => values(parts[name]));
    const rows = [];
    for (let at = 0; at < plots.parts; at += 1) {
      const named = lines.map((line) => line[at]);
      drawn.forEach((name, part) => rows.push({ day: dayAt(start + at).getTime(), part: readable(name), order: part, plays: named[part] ?? null }));
      const other = whole
        ? (whole[start + at] ?? null) === null ? null : whole[start + at] - named.reduce((sum, count) => sum + (count ?? 0), 0)
        : rest.reduce((sum, line) => sum + (line[at] ?? 0), 0);
      rows.push({ day: dayAt(start + at).getTime(), part: "other", order: most, plays: other });
    }
    const hasOther = rows.some((row) => row.order === most && row.plays > 0);
    const domain = drawn.map(readable).concat(hasOther ? ["other"] : []);
    const range = drawn.map((_, part) => colour(`part-${part + 1}`)).concat(hasOther ? [colour("part-5")] : []);
    return {
      height: 150,
      data: { values: hasOther ? rows : rows.filter((row) => row.order < most) },
      mark: { aria: false, type: "bar", binSpacing: 0, width: { band: 0.9 } },
      encoding: {
        x: { ...time, timeUnit: "utcyearmonthdate", bandPosition: 0 },
        y: plays({ field: "plays", aggregate: "sum", stack: "zero" }),
        color: { field: "part", type: "nominal", scale: { domain, range }, legend: { columns } },
        order: { field: "order" },
        tooltip: [
          { field: "day", type: "temporal", timeUnit: "utcyearmonthdate", title: "Day", format: "%Y-%m-%d" },
          { field: "part", title: "From" }, { field: "plays", title: "Plays", format: "," },
        ],
      },
    };
  };

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  const describedTotal = (own) => {
    const [counts, low, high] = [own.plays, own.low, own.high].map(values);
    const known = counts.filter((count) => count !== null);
    if (!known.length) return "No report told of these plays.";
    const span = `between ${numbers.format(Math.min(...known))} and ${numbers.format(Math.max(...known))}`;
    const last = counts.at(-1) === null ? "" : `; ${numbers.format(counts.at(-1))} on the last day`;
    const expected = (low.at(-1) ?? null) === null ? "" : `, where ${numbers.format(low.at(-1))} to ${numbers.format(high.at(-1))} were expected`;
    return `Plays a day from ${iso(dayAt(0))} to ${iso(dayAt(counts.length - 1))}: ${span}${last}${expected}.`;
  };

  const described = (parts, what) => {
    const last = Object.keys(parts).map((name) => `${readable(name)} ${numbers.format(values(parts[name]).at(-1) ?? 0)}`);
    return `Plays a day by ${what} over ${plots.parts} days. On the last day: ${last.join(", ")}.`;
  };

  const figure = (place, kind, title, note, label, spec) => {
    // Vega names its own element "Vega visualization"; what the plot shows is said around it.
    const drawing = element("div", { className: "drawing" });
    drawing.setAttribute("aria-hidden", "true");
    const chart = element("div", { className: "chart" }, drawing);
    chart.setAttribute("role", "img");
    chart.setAttribute("aria-label", label);
    const caption = element("figcaption", {}, title, " ", element("span", { textContent: note }));
    place.append(element("figure", { className: kind }, caption, chart));
    return [drawing, spec];
  };

  const asTable = (own) => {
    const columns = [own.plays, own.low, own.high].map(values);
    const head = element("tr", {}, ...["Day", "Plays", "Expected from", "Expected to"].map((title) => element("th", { scope: "col", textContent: title })));
    const rows = [];
    for (let at = plots.count - 1; at >= 0; at -= 1) {
      rows.push(element("tr", {}, element("th", { scope: "row", textContent: iso(dayAt(at)) }),
        ...columns.map((line) => element("td", { className: "number", textContent: (line[at] ?? null) === null ? "–" : numbers.format(line[at]) }))));
    }
    const caption = element("caption", { className: "unseen", textContent: "Plays a day and what was expected" });
    const shown = element("table", { className: "plain" }, caption, element("thead", {}, head), element("tbody", {}, ...rows));
    const scroll = element("div", { className: "table", tabIndex: 0 }, shown);
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", "Plays a day");
    return scroll;
  };

  const draw = async (body) => {
    const place = body.querySelector(".plots");
    const own = plots.of[body.id];
    place.replaceChildren();
    const whole = values(own.plays);
    const charts = [figure(place, "total", "Plays a day", "line; grey: expected by the night; dotted: first night of the incident", describedTotal(own), total(own))];
    if (Object.keys(own.territories).length) {
      charts.push(figure(place, "part", "By territory", "", described(own.territories, "territory"), stacked(own.territories, whole, 5)));
    }
    if (Object.keys(own.sources).length) {
      charts.push(figure(place, "part", "By source", "where reported", described(own.sources, "source"), stacked(own.sources, null, 3)));
    }
    const details = element("details", {}, element("summary", { textContent: "The days as a table" }));
    details.addEventListener("toggle", () => {
      if (details.open && !details.querySelector("table")) details.append(asTable(own));
    });
    place.append(details);
    for (const [drawing, spec] of charts) {
      await vegaEmbed(drawing, {
        $schema: "https://vega.github.io/schema/vega-lite/v6.json",
        width: "container", autosize: { type: "fit", contains: "padding" }, config: config(), ...spec,
      }, { actions: false, ast: true, renderer: "svg", defaultStyle: false, tooltip: { theme: "custom" } });
    }
    body.dataset.drawn = "yes";
  };

  const toggle = (body, open) => {
    body.classList.toggle("opened", open);
    body.querySelector(".open").setAttribute("aria-expanded", String(open));
    if (open && !body.dataset.drawn) draw(body);
  };

  for (const body of bodies) body.querySelector(".open").setAttribute("aria-expanded", "false");
  table.addEventListener("click", (event) => {
    const button = event.target.closest("button.open");
    if (button) toggle(button.closest("tbody"), button.getAttribute("aria-expanded") !== "true");
  });

  const openLinked = () => {
    const linked = bodies.find((body) => body.id === decodeURIComponent(location.hash.slice(1)));
    if (!linked) return;
    toggle(linked, true);
    linked.scrollIntoView();
  };
  addEventListener("hashchange", openLinked);
  openLinked();

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const body of bodies) {
      if (body.classList.contains("opened")) draw(body);
      else delete body.dataset.drawn;
    }
  });
})();
