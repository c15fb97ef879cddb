"use strict";
(() => {
  const page = document.documentElement;
  page.classList.remove("without-script");
  const table = document.querySelector("table.incidents");
  if (!table) return;

  const bodies = [...table.tBodies].filter((body) => body.id);
  const apart = [...table.tBodies].filter((body) => !body.id);
  const rank = new Map(bodies.map((body, at) => [body, at]));
  const numbers = new Intl.NumberFormat("en");

  // On a narrow screen rows become cards, which would lose what a table tells a screen reader.
  const headings = [...table.tHead.rows[0].cells];
  table.setAttribute("role", "table");
  for (const part of [table.tHead, ...table.tBodies]) part.setAttribute("role", "rowgroup");
  table.tHead.rows[0].setAttribute("role", "row");
  for (const head of headings) head.setAttribute("role", "columnheader");
  for (const body of table.tBodies) {
    for (const row of body.rows) {
      row.setAttribute("role", "row");
      for (const cell of row.cells) cell.setAttribute("role", cell.tagName === "TH" ? "rowheader" : "cell");
    }
    if (body.id) [...body.rows[0].cells].forEach((cell, at) => { cell.dataset.label = headings[at].textContent.trim(); });
  }

  const search = document.getElementById("search");
  const choices = [...document.querySelectorAll("select[data-column]")];
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = new Map(bodies.map((body) => [body, plain(body.textContent)]));

  // What costs little and what has ended stand apart, as long as the order is that of the rank.
  const separate = () => {
    const ranked = table.querySelector("[data-sort=rank]").closest("th").getAttribute("aria-sort") === "ascending";
    for (const heading of apart) {
      const first = [...table.tBodies].find((body) => body.dataset.group === heading.dataset.of && !body.hidden);
      heading.hidden = !ranked || !first;
      if (!heading.hidden) table.insertBefore(heading, first);
    }
  };

  const filter = () => {
    const wanted = plain(search.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const body of bodies) {
      const fits = wanted.every((word) => texts.get(body).includes(word))
        && choices.every((choice) => !choice.value || body.dataset[choice.dataset.column].split("|").includes(choice.value));
      body.hidden = !fits;
      shown += fits;
    }
    separate();
    document.getElementById("nothing").hidden = shown > 0;
    const all = `${numbers.format(bodies.length)} incident${bodies.length === 1 ? "" : "s"}`;
    document.getElementById("shown").textContent = shown === bodies.length ? all : `${numbers.format(shown)} of ${all}`;
  };
  const form = search.form;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));

  const severities = ["low", "medium", "high", "critical"];
  const cellNumber = (at) => (body) => {
    const first = body.rows[0].cells[at].firstChild;
    return Number(first.value ?? first.textContent);
  };
  const cellText = (at) => (body) => plain(body.rows[0].cells[at].textContent.trim());
  const keys = {
    rank: (body) => rank.get(body),
    title: (body) => plain(body.querySelector(".open").textContent.trim()),
    status: cellText(2),
    severity: (body) => severities.indexOf(body.dataset.severity),
    pattern: cellText(4),
    suspected: cellNumber(5),
    share: cellNumber(6),
    score: cellNumber(7),
    royalty: cellNumber(8),
    penalty: cellNumber(9),
  };
  const risesFirst = new Set(["rank", "title", "status", "pattern"]);
  const compare = (one, other) => typeof one === "string"
    ? one.localeCompare(other, "en")
    : (Number.isNaN(one) ? -Infinity : one) - (Number.isNaN(other) ? -Infinity : other) || 0;

  table.tHead.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-sort]");
    if (!button) return;
    const name = button.dataset.sort;
    const head = button.closest("th");
    const was = head.getAttribute("aria-sort");
    const rises = was ? was === "descending" : risesFirst.has(name);
    for (const other of table.tHead.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", rises ? "ascending" : "descending");
    const sorted = bodies
      .map((body) => [keys[name](body), body])
      .sort(([a, one], [b, other]) => (rises ? compare(a, b) : compare(b, a)) || rank.get(one) - rank.get(other));
    table.append(...sorted.map(([, body]) => body));
    separate();
  });
})();
