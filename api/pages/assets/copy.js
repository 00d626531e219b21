// Show buttons that copy the text of a field.
"use strict";

for (const button of document.querySelectorAll("[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  const status = button.parentElement.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch { // without HTTPS, browsers offer only the older method
      if (!document.execCommand("copy")) return;
    }
    status.textContent = status.dataset.text;
  });
}
