"use strict";
// Makes the table of repositories filter and sort. Without it everything is there all the same.
const table = document.querySelector("table.fleet");
if (table) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const cell = (row, column) => row.cells[column].textContent;
  const [tools, name, state, told] = ["tools", "name", "state", "told"].map((id) => document.getElementById(id));

  // In the file a link would say each name twice. A host is shown as a link only where it is one.
  const host = /^https:\/\/[\w.:-]+$/.exec(table.dataset.host)?.[0];
  for (const row of host ? rows : []) {
    if (row.cells[0].querySelector("a")) continue;
    const known = /^[A-Za-z0-9-]+\/[\w.-]+$/.exec(cell(row, 0));
    if (!known) continue;
    const link = document.createElement("a");
    link.href = `${host}/${known[0]}/pulls`;
    link.textContent = known[0];
    row.cells[0].replaceChildren(link);
  }
  for (const each of [...new Set(rows.map((row) => cell(row, 1)))].sort()) state.append(new Option(each));
  tools.hidden = false;

  const filter = () => {
    const wanted = name.value.trim().toLowerCase();
    let left = 0;
    for (const row of rows) {
      const fits = cell(row, 0).toLowerCase().includes(wanted) && (!state.value || cell(row, 1) === state.value);
      row.hidden = !fits;
      left += fits;
    }
    told.value = `${left.toLocaleString("en")} of ${rows.length.toLocaleString("en")} shown`;
  };
  name.addEventListener("input", filter);
  state.addEventListener("change", filter);
  filter();

  // What has no number comes last, whichever way.
  const key = (row, column, numeric) => {
    const text = cell(row, column);
    return numeric ? parseFloat(text.replaceAll(",", "")) : text.toLowerCase() || undefined;
  };
  const isNone = (value) => value === undefined || Number.isNaN(value);
  const sort = (head, column) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const each of heads) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const numeric = head.classList.contains("n");
    const keyed = rows.map((row) => [key(row, column, numeric), row]);
    keyed.sort(([a], [b]) => isNone(a) - isNone(b) || (isNone(a) ? 0 : (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1)));
    body.append(...keyed.map(([, row]) => row));
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sort(head, column));
    head.replaceChildren(button);
  });
}
