// Tabs, switches, keys and the first look.

const tabs = Object.keys(MODES).filter((mode) =>
  mode === "training" ? data.training : mode === "predict" ? askable.length : true);

function drawAll() {
  document.documentElement.lang = model.language;
  document.title = $("title").textContent = $("title").title = data.title;
  for (const mode of tabs) {
    const tab = $(`tab-${mode}`), isChosen = mode === model.mode;
    tab.textContent = word().tabs[mode];
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
  }
  $("tabs").setAttribute("aria-label", word().ways);
  $("language").textContent = word().other;
  $("language").lang = model.language === "en" ? "ja" : "en";
  $("theme").textContent = model.theme === "dark" ? word().light : word().dark;
  for (const id of Object.keys(STEPPER)) {
    $(id).title = word()[id];
    $(id).setAttribute("aria-label", word()[id]);
  }
  $("slider").setAttribute("aria-label", word().slider);
  $("graph").setAttribute("aria-label", word().graph);
  $("view").className = model.mode;
  $("view").setAttribute("aria-labelledby", `tab-${model.mode}`);
  $("below").replaceChildren();
  drawScopes();
  drawGraph();
  MODES[model.mode].draw();
  colourGraph();
}

function setMode(mode) {
  model.mode = mode;
  drawAll();
}

function setTheme(theme) {
  model.theme = theme;
  document.documentElement.dataset.theme = theme;
}

const stepInAddress = () => Number(/step=(\d+)/.exec(location.hash)?.[1] ?? 0);

// The four buttons: where each goes, and its sign, which no font need have.
const STEPPER = {
  first: [() => 0, "M4 3v10M13 3L6 8l7 5z"],
  back: [() => model.step - 1, "M12 3L5 8l7 5z"],
  forth: [() => model.step + 1, "M4 3l7 5l-7 5z"],
  last: [() => model.events.length, "M12 3v10M3 3l7 5l-7 5z"],
};
for (const [id, [where, sign]] of Object.entries(STEPPER)) {
  $(id).append(element("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, element("path", { d: sign })));
  $(id).addEventListener("click", () => goTo(where()));
}
$("slider").addEventListener("input", () => goTo($("slider").valueAsNumber));

for (const mode of tabs) $("tabs").append(element("button", {
  role: "tab", id: `tab-${mode}`, "aria-controls": "view", onclick: () => setMode(mode),
}));
$("tabs").addEventListener("keydown", (event) => {
  const turn = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!turn) return;
  event.stopPropagation();
  setMode(tabs.at((tabs.indexOf(model.mode) + turn) % tabs.length));
  $(`tab-${model.mode}`).focus();
});

$("language").addEventListener("click", () => {
  model.language = model.language === "en" ? "ja" : "en";
  drawAll();
});
$("theme").addEventListener("click", () => {
  setTheme(model.theme === "dark" ? "light" : "dark");
  drawAll();
});
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input") || model.mode !== "steps") return;
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const id = { ArrowRight: "forth", ArrowLeft: "back", Home: "first", End: "last" }[event.key];
  if (!id) return;
  event.preventDefault();
  goTo(STEPPER[id][0]());
});
window.addEventListener("hashchange", () => {
  if (model.mode !== "steps") setMode("steps");
  goTo(stepInAddress());
});

setTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
model.compute();
model.step = Math.min(stepInAddress(), model.events.length);
if (data.training && !location.hash) model.mode = "training";
drawAll();
