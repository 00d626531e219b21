"use strict";

// --- Tables: sorted by a click on a column, filtered by what is typed above them.

for (const table of document.querySelectorAll("table[data-sortable]")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const first = head.classList.contains("n") ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const order = head.getAttribute("aria-sort") === first ? other : first;
    for (const each of heads) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const numeric = head.classList.contains("n");
    const value = (row) => {
      const cell = row.cells[column];
      return "unknown" in cell.dataset ? null : "value" in cell.dataset ? cell.dataset.value : cell.textContent;
    };
    const compare = (one, other) => {
      const [a, b] = [value(one), value(other)];
      if (a === null || b === null) return (a === null) - (b === null); // what is unknown stands last, in any order
      return sign * (numeric ? Number(a) - Number(b) : a.localeCompare(b));
    };
    body.append(...[...body.rows].sort(compare));
  }));
}

for (const input of document.querySelectorAll("input[data-filters]")) {
  const table = document.getElementById(input.dataset.filters);
  const count = input.parentElement.querySelector("[data-count]");
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLocaleLowerCase();
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      row.hidden = wanted !== "" && !row.textContent.toLocaleLowerCase().includes(wanted);
      shown += !row.hidden;
    }
    count.textContent = wanted === "" ? "" : `${shown} of ${table.tBodies[0].rows.length} rows`;
  });
}

// --- The drawing: moved by dragging, scaled by the wheel; a node shows its neighbours, and, clicked, its row.

const drawing = document.getElementById("network");
if (drawing) {
  const view = drawing.querySelector("#view");
  const told = document.getElementById("told");
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

  let held = null;
  drawing.addEventListener("pointerdown", (event) => {
    if (event.target.classList.contains("node")) return;
    held = place(event);
    drawing.setPointerCapture(event.pointerId);
    drawing.classList.add("moving");
  });
  drawing.addEventListener("pointermove", (event) => {
    if (!held) return;
    const now = place(event);
    [x, y] = [x + now[0] - held[0], y + now[1] - held[1]];
    held = now;
    show();
  });
  const release = () => { held = null; drawing.classList.remove("moving"); };
  drawing.addEventListener("pointerup", release);
  drawing.addEventListener("pointercancel", release);
  document.getElementById("nearer").addEventListener("click", () => zoom(1.4, [500, 320]));
  document.getElementById("farther").addEventListener("click", () => zoom(1 / 1.4, [500, 320]));
  document.getElementById("whole").addEventListener("click", () => { [x, y, scale] = [0, 0, 1]; show(); });

  const start = told.textContent;
  const clear = () => {
    drawing.classList.remove("asked");
    for (const each of drawing.querySelectorAll(".lit")) each.classList.remove("lit");
    told.textContent = start;
  };
  const light = (number) => {
    clear();
    drawing.classList.add("asked");
    for (const [other, link] of [[number, null], ...ties[number]]) {
      nodes[other].classList.add("lit");
      labels[other].classList.add("lit");
      if (link !== null) links[link].classList.add("lit");
    }
    told.textContent = `${nodes[number].dataset.name}: ${nodes[number].dataset.told}`;
  };
  const find = (number) => {
    for (const row of document.querySelectorAll("tr.found")) row.classList.remove("found");
    const id = nodes[number].dataset.id;
    const rows = [...document.querySelectorAll("tr[data-nodes]")].filter((row) => row.dataset.nodes.split(" ").includes(id));
    for (const row of rows) { row.classList.add("found"); row.hidden = false; }
    if (rows.length) rows[0].scrollIntoView({ block: "center", behavior: "smooth" });
    else told.textContent = `${nodes[number].dataset.name} stands in no row shown here.`;
  };
  nodes.forEach((node, number) => {
    node.addEventListener("pointerenter", () => light(number));
    node.addEventListener("pointerleave", clear);
    node.addEventListener("focus", () => light(number));
    node.addEventListener("blur", clear);
    node.addEventListener("click", () => find(number));
    node.addEventListener("keydown", (event) => { if (event.key === "Enter") find(number); });
  });
}
