// Sort a table by a click on the heading of a column, and hide the rows without the text that the reader types.
"use strict";

const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });

function sortBy(table, column) {
  const heads = [...table.tHead.rows[0].cells];
  const isNumeric = heads[column].classList.contains("n");
  const first = isNumeric ? "descending" : "ascending";
  const other = isNumeric ? "ascending" : "descending";
  const order = heads[column].getAttribute("aria-sort") === first ? other : first;
  heads.forEach((head) => head.removeAttribute("aria-sort"));
  heads[column].setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const rows = [...table.tBodies[0].rows].map((row) => {
    const cell = row.cells[column];
    return [row, "unknown" in cell.dataset ? null : cell.dataset.value ?? cell.textContent.trim()];
  });
  rows.sort(([, a], [, b]) => {
    if (a === null || b === null) return (a === null) - (b === null); // unknown values last in both orders
    return sign * (isNumeric ? a - b : collator.compare(a, b));
  });
  table.tBodies[0].append(...rows.map(([row]) => row));
}

for (const table of document.querySelectorAll("table")) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sortBy(table, column));
    head.append(button);
  });
}

for (const input of document.querySelectorAll("input[data-filters]")) {
  const rows = [...document.getElementById(input.dataset.filters).tBodies[0].rows];
  const status = input.closest("p").querySelector("[role=status]");
  input.closest("p").hidden = false;
  input.addEventListener("input", () => {
    const text = input.value.trim().toLocaleLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLocaleLowerCase().includes(text);
    status.textContent = text && `${rows.filter((row) => !row.hidden).length} / ${rows.length}`;
  });
}
