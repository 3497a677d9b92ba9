// What every page needs besides htmx: a word when the service is lost, closing notices, emptying sent forms.
"use strict";

document.body.addEventListener("htmx:sendError", () => {
  const problem = document.createElement("p");
  problem.className = "problem";
  problem.textContent = document.getElementById("notice").dataset.lost;
  document.getElementById("notice").replaceChildren(problem);
});

document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.closest("form")) document.getElementById("notice").replaceChildren();  // not what a page asks by itself
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest("form");
  if (!event.detail.successful || !form) return;
  if ("reset" in form.dataset || form.id === "contact-form") form.reset();
  if (form.id === "contact-form") form.closest("details").open = false;
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) event.target.closest(".problem").remove();
  for (const open of document.querySelectorAll(".tools > details[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll(".tools > details[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});
