// Move between the nodes of the drawing with the arrow keys, and show the ties of the current node.
"use strict";

const drawing = document.getElementById("graph");
const nodes = [...drawing.querySelectorAll("a")];
const position = new Map(nodes.map((node, index) => [node, index]));
const neighbours = nodes.map(() => []);
nodes.forEach((node, index) => {
  for (const other of (node.dataset.ties ?? "").split(" ").filter(Boolean).map(Number)) {
    neighbours[index].push(other);
    neighbours[other].push(index);
  }
});

const centres = nodes.map((node) => {
  const shape = node.querySelector("circle, rect").getBBox();
  return [shape.x + shape.width / 2, shape.y + shape.height / 2];
});
const lit = document.createElementNS("http://www.w3.org/2000/svg", "path");
lit.setAttribute("class", "lit");
drawing.querySelector(".ties").after(lit);

function light(index) {
  const [x, y] = centres[index];
  lit.setAttribute("d", neighbours[index].map((other) => `M${x} ${y}L${centres[other].join(" ")}`).join(""));
  drawing.querySelectorAll(".near").forEach((node) => node.classList.remove("near"));
  neighbours[index].forEach((other) => nodes[other].classList.add("near"));
}

function dim() {
  lit.setAttribute("d", "");
  drawing.querySelectorAll(".near").forEach((node) => node.classList.remove("near"));
}

// The neighbours of a node clockwise, from the top.
function around(index) {
  const [x, y] = centres[index];
  const turn = (other) => (Math.atan2(centres[other][0] - x, y - centres[other][1]) + 2 * Math.PI) % (2 * Math.PI);
  return [...neighbours[index]].sort((one, two) => turn(one) - turn(two));
}

// The nodes that the reader came through, the current one last. Only the last one is a stop of the tab key.
let trail = [Math.max(nodes.findIndex((node) => node.classList.contains("own")), 0)];

function go(next) {
  nodes[trail.at(-1)].tabIndex = -1;
  trail = next;
  const node = nodes[trail.at(-1)];
  node.tabIndex = 0;
  node.focus();
  node.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function neighbourOf(key) {
  const current = trail.at(-1);
  const parent = trail.at(-2);
  if (key === "ArrowUp") return parent === undefined ? trail : trail.slice(0, -1);
  if (key === "ArrowDown") {
    const down = around(current).filter((index) => index !== parent);
    return down.length ? [...trail, down[0]] : trail;
  }
  const ring = parent === undefined ? nodes.map((_, index) => index) : around(parent);
  const step = key === "ArrowRight" ? 1 : ring.length - 1;
  return [...trail.slice(0, -1), ring[(ring.indexOf(current) + step) % ring.length]];
}

const frame = drawing.parentElement; // browsers make an SVG element with listeners of focus events a stop of the tab key
frame.addEventListener("keydown", (event) => {
  const plain = !event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (plain && ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"].includes(event.key)) {
    event.preventDefault();
    go(neighbourOf(event.key));
  }
});
frame.addEventListener("focusin", (event) => {
  const index = position.get(event.target);
  if (index === undefined) return;
  if (index !== trail.at(-1)) go([index]);
  light(index);
});
frame.addEventListener("focusout", dim);
frame.addEventListener("pointerover", (event) => {
  const node = event.target.closest("a");
  if (node) light(position.get(node));
});
frame.addEventListener("pointerout", () => {
  const focused = position.get(document.activeElement);
  if (focused === undefined) dim();
  else light(focused);
});

nodes[trail[0]].tabIndex = 0;
