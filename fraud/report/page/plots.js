"use strict";
(() => {
  const page = document.documentElement;
  const table = document.querySelector("table.incidents");
  if (!table) return;

  const specs = JSON.parse(document.getElementById("specs").textContent);
  let plots = null;
  const unpacked = (async () => {
    const bytes = Uint8Array.from(atob(document.getElementById("plots").textContent), (sign) => sign.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    plots = JSON.parse(await new Response(stream).text());
  })();

  const bodies = [...table.tBodies].filter((body) => body.id);
  const dayLong = 24 * 3600 * 1000;
  const mostParts = 4;
  const numbers = new Intl.NumberFormat("en");

  const values = (line) => line === "" ? [] : line.split(",").map((part) => (part === "" ? null : Number(part)));
  const moment = (day) => Date.parse(`${day}T00:00:00Z`);
  const dayAt = (place) => moment(plots.first) + place * dayLong;
  const iso = (time) => new Date(time).toISOString().slice(0, 10);
  const readable = (name) => name.replaceAll("_", " ");
  const known = (line) => line.filter((value) => value !== null);
  const sumOf = (line) => known(line).length ? known(line).reduce((sum, value) => sum + value, 0) : null;

  const filled = (name, datasets, changed = {}) => {
    const spec = structuredClone(specs[name]);
    spec.layer = spec.layer?.filter((layer) => !layer.data || datasets[layer.data.name].length);
    if (!spec.layer) delete spec.layer;
    return { $schema: "https://vega.github.io/schema/vega-lite/v6.json", config: specs.config, ...spec, ...changed, datasets };
  };
  const fit = { width: "container", autosize: { type: "fit", contains: "padding" } };
  const firstNight = (own) => moment(own.first) >= dayAt(0) ? [{ day: moment(own.first) }] : [];

  const total = (own) => {
    const [low, high] = [own.low, own.high].map(values);
    const days = values(own.plays).map((count, at) => ({ day: dayAt(at), plays: count, low: low[at] ?? null, high: high[at] ?? null }));
    const marks = own.marks.map(([kind, start, end, text]) => ({
      kind: readable(kind), text, day: moment(start),
      start: Math.max(moment(start), dayAt(0)) - dayLong / 2,
      end: Math.min(moment(end), dayAt(plots.count - 1)) + dayLong / 2,
    }));
    const isReport = (mark) => plots.reports.includes(mark.kind);
    const spec = filled("total", { days, first: firstNight(own), causes: marks.filter((mark) => !isReport(mark)), reports: marks.filter(isReport) }, fit);
    // Vega warns of a scale without a value where no night has expected anything yet.
    if (!known(low).length) spec.layer = spec.layer.filter((layer) => layer.mark.type !== "area");
    return spec;
  };

  const stacked = (parts, whole) => {
    const start = plots.count - plots.parts;
    const names = Object.keys(parts);
    const drawn = names.slice(0, mostParts);
    const lines = names.map((name) => values(parts[name]));
    const days = [];
    for (let at = 0; at < plots.parts; at += 1) {
      const named = lines.slice(0, mostParts).map((line) => line[at] ?? null);
      drawn.forEach((name, part) => days.push({ day: dayAt(start + at), part: readable(name), order: part, plays: named[part] }));
      const all = whole ? (whole[start + at] ?? null) : sumOf(lines.map((line) => line[at] ?? null));
      days.push({ day: dayAt(start + at), part: "other", order: mostParts, plays: all === null ? null : all - named.reduce((sum, count) => sum + (count ?? 0), 0) });
    }
    const hasOther = days.some((row) => row.order === mostParts && row.plays > 0);
    const spec = filled("parts", { days: hasOther ? days : days.filter((row) => row.order < mostParts) }, fit);
    spec.encoding.color.scale = {
      domain: drawn.map(readable).concat(hasOther ? ["other"] : []),
      range: drawn.map((_, part) => `var(--part-${part + 1})`).concat(hasOther ? ["var(--part-5)"] : []),
    };
    return spec;
  };

  const perListener = (own) => {
    const days = values(own.rate).map((rate, at) => ({ day: dayAt(at), rate }));
    return filled("listeners", { days, first: firstNight(own) }, fit);
  };

  const eachTrack = (own, width) => {
    const start = plots.count - plots.parts;
    const days = own.tracks.flatMap(([title, line], place) => values(line).map((count, at) => (
      { day: dayAt(start + at), track: `${place}\u001f${title}`, order: place, plays: count }
    )));
    const columns = Math.max(2, Math.min(4, Math.floor(width / 180)));
    const spec = filled("tracks", { days }, { columns });
    spec.spec.width = Math.floor(width / columns) - 62;
    spec.facet.header.labelLimit = spec.spec.width + 20;
    return spec;
  };

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  const describedTotal = (own) => {
    const [counts, low, high] = [own.plays, own.low, own.high].map(values);
    const told = known(counts);
    if (!told.length) return "No report told of these plays.";
    const span = `between ${numbers.format(Math.min(...told))} and ${numbers.format(Math.max(...told))}`;
    const last = counts.at(-1) === null ? "" : `; ${numbers.format(counts.at(-1))} on the last day`;
    const expected = (low.at(-1) ?? null) === null ? "" : `, where ${numbers.format(low.at(-1))} to ${numbers.format(high.at(-1))} were expected`;
    return `Plays a day from ${iso(dayAt(0))} to ${iso(dayAt(counts.length - 1))}: ${span}${last}${expected}.`;
  };

  const described = (parts, what) => {
    const last = Object.keys(parts).map((name) => `${readable(name)} ${numbers.format(values(parts[name]).at(-1) ?? 0)}`);
    return `Plays a day by ${what} over ${plots.parts} days. On the last day: ${last.join(", ")}.`;
  };

  const describedRate = (own) => {
    const told = known(values(own.rate));
    return `Plays a day per listener: between ${Math.min(...told)} and ${Math.max(...told)}; ${told.at(-1)} when last reported.`;
  };

  const describedTracks = (own) => {
    const last = own.tracks.map(([title, line]) => `${title} ${numbers.format(values(line).at(-1) ?? 0)}`);
    return `Plays a day of the largest tracks over ${plots.parts} days. On the last day: ${last.join(", ")}.`;
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
    body.dataset.drawn = "soon";
    await unpacked;
    const place = body.querySelector(".plots");
    const own = plots.of[body.id];
    const whole = values(own.plays);
    const charts = [figure(place, "total", "Plays a day", known(values(own.low)).length ? "grey: expected by the night" : "", describedTotal(own), total(own))];
    for (const [dimension, note] of [["territory", ""], ["source", "where reported"], ["device", "where reported"], ["tier", "where reported"]]) {
      const parts = own.parts[dimension];
      if (!parts || !Object.keys(parts).length) continue;
      charts.push(figure(place, "part", `By ${dimension}`, note, described(parts, dimension), stacked(parts, dimension === "territory" ? whole : null)));
    }
    if (known(values(own.rate)).length) {
      charts.push(figure(place, "part", "Plays per listener", "where reported", describedRate(own), perListener(own)));
    }
    if (own.tracks.length) {
      charts.push(figure(place, "tracks", "Its tracks", "plays a day of the largest, each on its own scale", describedTracks(own), eachTrack(own, place.clientWidth)));
    }
    const details = element("details", {}, element("summary", { textContent: "The days as a table" }));
    details.addEventListener("toggle", () => {
      if (details.open && !details.querySelector("table")) details.append(asTable(own));
    });
    place.append(details);
    for (const [drawing, spec] of charts) {
      await vegaEmbed(drawing, spec, { actions: false, ast: true, renderer: "svg", defaultStyle: false, tooltip: { theme: "custom" } });
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
})();
