// Switches, keys and the first look.

function drawAll() {
  document.documentElement.lang = model.language;
  document.title = $("title").textContent = data.title;
  $("tabs").replaceChildren(...Object.entries(word().tabs).map(([mode, label]) =>
    element("button", {
      role: "tab", id: `tab-${mode}`, "aria-selected": String(mode === model.mode),
      onclick: () => { model.mode = mode; drawAll(); },
    }, label)));
  $("language").textContent = word().other;
  $("theme").textContent = isDark() ? word().light : word().dark;
  for (const id of ["first", "back", "forth", "last"]) {
    $(id).title = word()[id];
    $(id).setAttribute("aria-label", word()[id]);
  }
  $("slider").setAttribute("aria-label", word().slider);
  $("graph").setAttribute("aria-label", word().graph);
  $("stepper").hidden = $("sentence").hidden = model.mode !== "steps";
  ({ steps: drawLeaves, predict: drawQuiz, breaks: drawBreaks })[model.mode]();
  drawScopes();
  drawGraph();
  if (model.mode === "steps") drawStep();
}

const isDark = () => model.theme === "dark";

function setTheme(theme) {
  model.theme = theme;
  document.documentElement.dataset.theme = theme;
}

const stepInAddress = () => Number(/step=(\d+)/.exec(location.hash)?.[1] ?? 0);

for (const [id, where] of Object.entries({
  first: () => 0, back: () => model.step - 1, forth: () => model.step + 1,
  last: () => model.events.length,
})) $(id).addEventListener("click", () => goTo(where()));
$("slider").addEventListener("input", () => goTo($("slider").valueAsNumber));
$("language").addEventListener("click", () => {
  model.language = model.language === "en" ? "ja" : "en";
  drawAll();
});
$("theme").addEventListener("click", () => {
  setTheme(isDark() ? "light" : "dark");
  drawAll();
});
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches("input, select, textarea");
  if (isTyping || model.mode !== "steps" || event.altKey || event.ctrlKey || event.metaKey) return;
  const to = { ArrowRight: model.step + 1, ArrowLeft: model.step - 1, Home: 0, End: model.events.length };
  if (!(event.key in to)) return;
  event.preventDefault();
  goTo(to[event.key]);
});
window.addEventListener("hashchange", () => goTo(stepInAddress()));

setTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
model.compute();
model.open = new Set(data.open.map((path) => JSON.stringify(path)));
model.step = Math.min(stepInAddress(), model.events.length);
drawAll();
