// The knowledge map: the list is the primary form; the drawing is made when it is asked for.
"use strict";

const colours = { information: "#2a5b94", operational: "#2d6a3e", hidden: "#77428a" };
const pale = { information: "#e8eff8", operational: "#e7f2ea", hidden: "#f4ebf7" };
let drawing = null;
let view = "list";

function show(wanted) {
  view = wanted;
  const map = document.getElementById("knowledge-map");
  for (const button of map.querySelectorAll("[data-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === view));
  }
  for (const part of map.querySelectorAll("[data-shows]")) part.hidden = part.dataset.shows !== view;
  if (view === "drawing") draw(map.querySelector(".drawing"));
}

function draw(place) {
  if (drawing && drawing.container() === place) return;
  if (drawing) drawing.destroy();
  drawing = cytoscape({
    container: place,
    elements: JSON.parse(place.dataset.elements),
    layout: { name: "preset", fit: true, padding: 18 },
    style: styles(),
    minZoom: 0.3,
    maxZoom: 2.5,
    boxSelectionEnabled: false,
  });
  drawing.on("tap", "node.leaf", (event) => find(event.target.id()));
  drawing.on("mouseover", "node.leaf", (event) => event.target.closedNeighborhood().addClass("near"));
  drawing.on("mouseout", "node.leaf", (event) => event.target.closedNeighborhood().removeClass("near"));
}

function find(entry) {
  const line = document.getElementById(`entry-${entry}`);
  show("list");
  if (!line) return;
  for (const earlier of document.querySelectorAll(".entry.found")) earlier.classList.remove("found");
  line.classList.add("found");
  line.querySelector("details").open = true;
  line.scrollIntoView({ block: "center" });
  line.focus({ preventScroll: true });
}

function styles() {
  const font = getComputedStyle(document.body).fontFamily;
  const box = {
    shape: "round-rectangle", width: 232, height: 30, label: "data(label)", "font-family": font, "font-size": 12.5,
    "text-valign": "center", "text-halign": "center", "text-wrap": "wrap", "text-max-width": 224, "line-height": 1.05,
    "text-overflow-wrap": document.documentElement.lang.startsWith("zh") ? "anywhere" : "whitespace",
    "background-color": "#fff", "border-width": 1, color: "#1c2733",
  };
  const kinds = Object.keys(colours).flatMap((kind) => [
    { selector: `node.${kind}`, style: { "border-color": colours[kind], "background-color": pale[kind] } },
    { selector: `node.hub.${kind}`, style: { "background-color": colours[kind], color: "#fff" } },
    { selector: `edge.${kind}`, style: { "line-color": colours[kind] } },
  ]);
  return [
    { selector: "node", style: box },
    { selector: "node.customer", style: { width: 116, height: 44, "text-max-width": 106, "background-color": "#1c2733", color: "#fff", "font-weight": 700 } },
    { selector: "node.hub", style: { width: 100, height: 32, "text-max-width": 96, "font-weight": 700 } },
    { selector: "edge", style: { width: 1.2, "curve-style": "taxi", "taxi-direction": "horizontal", "taxi-turn": "50%", "taxi-turn-min-distance": 5, "line-color": "#828d98" } },
    ...kinds,
    { selector: "edge.link", style: { "curve-style": "straight", "line-style": "dashed", "line-color": "#7d4e00", "target-arrow-shape": "triangle", "target-arrow-color": "#7d4e00", opacity: 0.55 } },
    { selector: "node.near", style: { "border-width": 3 } },
    { selector: "edge.near", style: { width: 3, opacity: 1 } },
  ];
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-view]");
  if (button) show(button.dataset.view);
  if (event.target.closest("[data-fit]")) drawing.fit(undefined, 18);
});

document.body.addEventListener("htmx:oobAfterSwap", () => show(view));
