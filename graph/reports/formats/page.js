"use strict";

// --- Tables: click a column to sort, type above the table to filter.

for (const table of document.querySelectorAll("table[data-sortable]")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const first = head.classList.contains("n") ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const order = head.getAttribute("aria-sort") === first ? other : first;
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const numeric = head.classList.contains("n");
    const value = (row) => {
      const cell = row.cells[column];
      return "unknown" in cell.dataset ? null : "value" in cell.dataset ? cell.dataset.value : cell.textContent;
    };
    const compare = (one, other) => {
      const [a, b] = [value(one), value(other)];
      if (a === null || b === null) return (a === null) - (b === null); // unknown values last in both directions
      return sign * (numeric ? Number(a) - Number(b) : a.localeCompare(b));
    };
    body.append(...[...body.rows].sort(compare));
  }));
}

for (const input of document.querySelectorAll("input[data-filters]")) {
  const table = document.getElementById(input.dataset.filters);
  const count = input.parentElement.querySelector("[data-count]");
  input.addEventListener("input", () => {
    const query = input.value.trim().toLocaleLowerCase();
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      row.hidden = query !== "" && !row.textContent.toLocaleLowerCase().includes(query);
      shown += !row.hidden;
    }
    count.textContent = query === "" ? "" : `${shown} of ${table.tBodies[0].rows.length} rows`;
  });
}

// --- Drawing: drag to pan, scroll to zoom, point at a node for its neighbours, click it for its row.

const drawing = document.getElementById("network");
if (drawing) {
  const view = drawing.querySelector("#view");
  const status = document.getElementById("status");
  const nodes = [...drawing.querySelectorAll(".node")];
  const labels = [...drawing.querySelectorAll(".label")];
  const links = [...drawing.querySelectorAll(".link")];
  const ties = nodes.map(() => []);
  links.forEach((link, number) => {
    const [one, other] = [Number(link.dataset.a), Number(link.dataset.b)];
    ties[one].push([other, number]);
    ties[other].push([one, number]);
  });
  let [x, y, scale] = [0, 0, 1];

  const show = () => {
    view.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    for (const label of labels) label.style.fontSize = `${11 / Math.sqrt(scale)}px`;
    drawing.classList.toggle("near", scale >= 2.2);
  };
  const place = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM().inverse());
    return [point.x, point.y];
  };
  const zoom = (factor, [px, py]) => {
    const next = Math.min(12, Math.max(0.5, scale * factor));
    [x, y, scale] = [px - (px - x) * next / scale, py - (py - y) * next / scale, next];
    show();
  };
  drawing.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * 0.0015), place(event));
  }, { passive: false });

  let dragStart = null;
  drawing.addEventListener("pointerdown", (event) => {
    if (event.target.classList.contains("node")) return;
    dragStart = place(event);
    drawing.setPointerCapture(event.pointerId);
    drawing.classList.add("moving");
  });
  drawing.addEventListener("pointermove", (event) => {
    if (!dragStart) return;
    const now = place(event);
    [x, y] = [x + now[0] - dragStart[0], y + now[1] - dragStart[1]];
    dragStart = now;
    show();
  });
  const release = () => { dragStart = null; drawing.classList.remove("moving"); };
  drawing.addEventListener("pointerup", release);
  drawing.addEventListener("pointercancel", release);
  document.getElementById("zoom-in").addEventListener("click", () => zoom(1.4, [500, 320]));
  document.getElementById("zoom-out").addEventListener("click", () => zoom(1 / 1.4, [500, 320]));
  document.getElementById("reset").addEventListener("click", () => { [x, y, scale] = [0, 0, 1]; show(); });

  const start = status.textContent;
  const clear = () => {
    drawing.classList.remove("focused");
    for (const element of drawing.querySelectorAll(".lit")) element.classList.remove("lit");
    status.textContent = start;
  };
  const highlight = (number) => {
    clear();
    drawing.classList.add("focused");
    for (const [other, link] of [[number, null], ...ties[number]]) {
      nodes[other].classList.add("lit");
      labels[other].classList.add("lit");
      if (link !== null) links[link].classList.add("lit");
    }
    status.textContent = `${nodes[number].dataset.name}: ${nodes[number].dataset.description}`;
  };
  const showRows = (number) => {
    for (const row of document.querySelectorAll("tr.found")) row.classList.remove("found");
    const id = nodes[number].dataset.id;
    const rows = [...document.querySelectorAll("tr[data-nodes]")].filter((row) => row.dataset.nodes.split(" ").includes(id));
    for (const row of rows) { row.classList.add("found"); row.hidden = false; }
    if (rows.length) rows[0].scrollIntoView({ block: "center", behavior: "smooth" });
    else status.textContent = `${nodes[number].dataset.name} is in no row shown here.`;
  };
  nodes.forEach((node, number) => {
    node.addEventListener("pointerenter", () => highlight(number));
    node.addEventListener("pointerleave", clear);
    node.addEventListener("focus", () => highlight(number));
    node.addEventListener("blur", clear);
    node.addEventListener("click", () => showRows(number));
    node.addEventListener("keydown", (event) => { if (event.key === "Enter") showRows(number); });
  });
}
