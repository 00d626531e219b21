// Show the slider of years. It opens the page of the chosen year.
"use strict";

const slider = document.getElementById("year");
const shown = document.querySelector("output[for=year]");
let timer;

function open() {
  const { today, thisYear, address } = slider.dataset;
  location.assign(`${slider.value === thisYear ? today : address.replace("YEAR", slider.value)}#year`);
}

slider.closest("[hidden]").hidden = false;
if (location.hash === "#year") slider.focus();
slider.addEventListener("input", () => {
  shown.textContent = slider.value;
  clearTimeout(timer);
});
// Each press of an arrow key is a change, so wait until the reader stops.
slider.addEventListener("change", () => {
  clearTimeout(timer);
  timer = setTimeout(open, 700);
});
