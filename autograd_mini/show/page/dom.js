// Elements of the page and of its pictures.

const $ = (id) => document.getElementById(id);
const SVG_TAGS = new Set(["svg", "g", "rect", "text", "path", "title", "circle"]);

// `onclick` and the like are listeners; an attribute that is null or false is left out.
function element(tag, attributes = {}, ...children) {
  const made = SVG_TAGS.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== false && value != null) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

// What a button does, it does for the keyboard too, where it is drawn and no <button>.
function pressed(act) {
  return {
    onclick: act,
    onkeydown: (event) => {
      if (!["Enter", " "].includes(event.key)) return;
      event.preventDefault();
      act(event);
    },
  };
}

// A number with six significant digits; a true minus, as in print.
function show(x, digits = 6) {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  const rounded = Number(x.toPrecision(digits));
  const size = Math.abs(x);
  const text = size >= 1e7 || (size > 0 && size < 1e-4) ? rounded.toExponential() : `${Object.is(x, -0) ? "-" : ""}${rounded}`;
  return text.replaceAll("-", "−").replace("e+", "e");
}

// As much of a text as fits into so many columns; Japanese takes two for a letter.
function fitted(text, columns) {
  const wide = (c) => (c > "\u1100" ? 2 : 1);
  const letters = [...text.replace(/\s/g, " ")];
  let taken = letters.reduce((sum, c) => sum + wide(c), 0);
  if (taken <= columns) return letters.join("");
  while (taken > columns - 1) taken -= wide(letters.pop());
  return `${letters.join("")}…`;
}
