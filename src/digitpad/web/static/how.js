// The page "How does it work?": the drawing's way from the pen to the answer, picture by picture. All sentences are in
// the template; this module paints the pictures, fills in numbers and hides what does not apply.

import { inkCanvas } from "./canvas.js";
import { FIELD, NIB, balanceOf, boundsOf, formOf, placed, telling } from "./canonical.js";
import { PEN, SIDE, asBody, isBlank, withStroke, BLANK } from "./ink.js";
import { keptDrawing, loadAgain, yieldToOthers } from "./kept.js";
import { serverAt } from "./server.js";
import { locale } from "./say.js";
import * as words from "./words.js";

const WANTED = ["canonical", "found", "maps", "second_maps", "features", "saliency"];
const MOST = 36; // pictures shown of a layer: more would be too small to see
const CUT = 9; // pixels: the side of the square that is shown as numbers
const EXAMPLE = [[80, 70, 0], [140, 64, 90], [200, 66, 180], [178, 104, 270], [160, 136, 330], [124, 232, 500]];

const at = (id) => document.getElementById(id);
const server = serverAt(document.body.dataset.api);
const kept = keptDrawing();
const drawing = isBlank(kept) ? withStroke(BLANK, EXAMPLE) : kept;
const drawn = inkCanvas(at("drawn"));
const found = inkCanvas(at("found"));
const repaints = new Map(); // by canvas id: how to paint it again, in other colours or for another screen

/** Of the sentences that depend on `about`, show only those for `which`. */
function tell(about, which) {
  for (const each of document.querySelectorAll(`[data-${about}]`)) each.hidden = each.dataset[about] !== which;
}

/** Put a number or a word in all its places. */
function fill(name, value) {
  for (const each of document.querySelectorAll(`[data-value="${name}"]`)) each.textContent = value;
}

// ── Painting ─────────────────────────────────────────────────────────────────────────────────────────────

/** Paint on a canvas in units of a 28th of its side, sharp on every screen, now and whenever the colours change. */
function paint(id, how) {
  const canvas = at(id);
  repaints.set(id, () => {
    canvas.width = canvas.height = Math.round(SIDE * devicePixelRatio);
    const context = canvas.getContext("2d");
    context.scale(canvas.width / FIELD, canvas.width / FIELD);
    const { color, outlineColor, borderTopColor } = getComputedStyle(canvas);
    how(context, { ink: color, mark: outlineColor, line: borderTopColor });
  });
  repaints.get(id)();
}

/** Light on dark, pixel by pixel: what the network sees. */
function pixels(context, rows, shade = white) {
  rows.forEach((row, down) =>
    row.forEach((value, across) => {
      context.fillStyle = shade(value, down, across);
      context.fillRect(across, down, 1.02, 1.02); // slightly larger, so that no seams show
    }),
  );
}

/** Makes faint light stronger, so that it can be seen. */
const stronger = Math.sqrt;
const mixed = (from, to, share) => from.map((value, at) => Math.round(value + (to[at] - value) * share));
const NIGHT = [16, 21, 28];
const white = (value) => `rgb(${mixed(NIGHT, [255, 255, 255], value)})`;
const glow = (value) => `rgb(${value < 0.5 ? mixed(NIGHT, [200, 110, 30], 2 * value) : mixed([200, 110, 30], [255, 244, 190], 2 * value - 1)})`;

/** Several small pictures on one canvas, the brightest first, in rows. */
function sheet(id, maps) {
  const light = (map) => map.flat().reduce((sum, value) => sum + value, 0);
  const shown = [...maps].sort((one, other) => light(other) - light(one)).slice(0, MOST);
  const [high, wide] = [shown[0].length, shown[0][0].length];
  const across = Math.ceil(Math.sqrt(shown.length));
  const canvas = at(id);
  canvas.width = across * (wide + 1) - 1;
  canvas.height = Math.ceil(shown.length / across) * (high + 1) - 1;
  const context = canvas.getContext("2d");
  shown.forEach((map, at) => {
    const picture = context.createImageData(wide, high);
    map.flat().forEach((value, pixel) => picture.data.set([...glow(stronger(value)).match(/\d+/g).map(Number), 255], pixel * 4));
    context.putImageData(picture, (at % across) * (wide + 1), Math.floor(at / across) * (high + 1));
  });
  fill(`${id}-count`, maps.length);
}

/** The field with its squares, the ink and the point of balance. */
function field(form, strokes) {
  paint("placed", (context, { ink, mark, line }) => {
    if (!strokes.length) pixels(context, form);
    context.strokeStyle = line;
    context.lineWidth = 0.04;
    context.beginPath();
    for (let square = 0; square <= FIELD; square += 1) {
      context.moveTo(square, 0);
      context.lineTo(square, FIELD);
      context.moveTo(0, square);
      context.lineTo(FIELD, square);
    }
    context.stroke();
    Object.assign(context, { strokeStyle: ink, lineWidth: NIB, lineCap: "round", lineJoin: "round" });
    for (const stroke of strokes) {
      context.beginPath();
      context.moveTo(...stroke[0]);
      for (const point of stroke) context.lineTo(...point);
      context.stroke();
    }
    const [x, y] = balanceOf(form);
    Object.assign(context, { strokeStyle: mark, lineWidth: 0.35, lineCap: "butt" });
    context.beginPath();
    context.moveTo(x - 2, y);
    context.lineTo(x + 2, y);
    context.moveTo(x, y - 2);
    context.lineTo(x, y + 2);
    context.stroke();
  });
}

/** The form as the network gets it, and a piece of it as numbers. */
function numbers(form) {
  const [left, top] = telling(form, CUT);
  paint("pixels", (context) => {
    pixels(context, form);
    Object.assign(context, { strokeStyle: "#f0cb5b", lineWidth: 0.3 });
    context.strokeRect(left, top, CUT, CUT);
  });
  paint("numbers", (context) => {
    context.scale(FIELD / CUT, FIELD / CUT);
    const cut = form.slice(top, top + CUT).map((row) => row.slice(left, left + CUT));
    pixels(context, cut);
    Object.assign(context, { textAlign: "center", textBaseline: "middle", font: "0.42px sans-serif" });
    cut.forEach((row, down) =>
      row.forEach((value, across) => {
        context.fillStyle = value > 0.4 ? "#000" : "#fff";
        context.fillText(value.toLocaleString(locale, { maximumFractionDigits: 1 }), across + 0.5, down + 0.53);
      }),
    );
  });
}

/** The frame around what was found, in shares of the canvas. */
function frame([left, top, right, bottom]) {
  const { style } = at("frame");
  for (const [side, share] of Object.entries({ left, top, width: right - left, height: bottom - top })) {
    style.setProperty(side, `${(100 * share).toFixed(2)}%`);
  }
  at("frame").hidden = false;
}

// ── The way ──────────────────────────────────────────────────────────────────────────────────────────────

/** Show what needs no server: the first steps for ink. */
function begin() {
  tell("from", isBlank(kept) ? "example" : drawing.picture ? "picture" : "ink");
  tell("kind", drawing.picture ? "picture" : "ink");
  at("mark").style.setProperty("left", `${100 * at("gauge").dataset.threshold}%`);
  drawn.show(drawing);
  if (drawing.picture) return;
  found.show(drawing);
  const [left, top, right, bottom] = boundsOf(drawing.strokes);
  frame([left - PEN / 2, top - PEN / 2, right + PEN / 2, bottom + PEN / 2].map((length) => length / SIDE));
  const form = formOf(drawing.strokes);
  field(form, placed(drawing.strokes));
  numbers(form);
}

async function showFound({ image, box }) {
  found.show({ strokes: [], picture: image });
  const picture = Object.assign(new Image(), { src: image });
  await picture.decode();
  const longer = Math.max(picture.naturalWidth, picture.naturalHeight);
  const sizes = [picture.naturalWidth / longer, picture.naturalHeight / longer];
  frame(box.map((share, at) => (1 - sizes[at % 2]) / 2 + share * sizes[at % 2])); // as it lies on the canvas
}

function show(answer) {
  const { canonical, features, digit, probabilities, p_digit } = answer;
  const isInk = !drawing.picture;
  const isThere = canonical.some((row) => row.some((ink) => ink > 0));
  if (answer.found) showFound(answer.found);
  if (isThere) {
    field(canonical, isInk ? placed(drawing.strokes) : []);
    numbers(canonical);
  }
  for (const [id, maps] of [["maps", answer.maps], ["second-maps", answer.second_maps]]) {
    at(`${id}-step`).hidden = !maps.length;
    if (maps.length) sheet(id, maps);
  }
  const most = Math.max(...features, 1e-6);
  const across = Math.ceil(Math.sqrt(features.length));
  const cut = Array.from({ length: Math.ceil(features.length / across) }, (_, row) =>
    features.slice(row * across, (row + 1) * across).map((value) => stronger(Math.max(value, 0) / most)),
  );
  paint("features", (context) => {
    context.fillStyle = white(0);
    context.fillRect(0, 0, FIELD, FIELD);
    context.scale(FIELD / across, FIELD / across);
    pixels(context, cut, glow);
  });
  fill("features-count", features.length);
  for (const column of document.querySelectorAll("[data-digit]")) {
    const share = probabilities[column.dataset.digit];
    column.classList.toggle("best", Number(column.dataset.digit) === best(probabilities));
    column.classList.add("worth-saying");
    column.style.setProperty("--share", share.toFixed(4));
    column.querySelector(".share").textContent = words.short(share);
  }
  fill("digit", words.aDigit(best(probabilities)));
  fill("p-digit", words.percent(p_digit));
  at("needle").style.setProperty("left", `${(100 * p_digit).toFixed(1)}%`);
  tell("verdict", isThere ? (digit === null ? "refused" : "read") : "nothing");
  paint("mattered", (context) => pixels(context, answer.saliency, mattering(canonical)));
}

const best = (probabilities) => probabilities.indexOf(Math.max(...probabilities));

/** From grey, for what did not matter, to yellow; paper stays dark. */
const mattering = (form) => (value, down, across) =>
  `rgb(${mixed(NIGHT, mixed([120, 130, 150], [255, 220, 60], value), Math.min(1, form[down][across] * 1.2))})`;

async function follow() {
  at("said").textContent = "";
  try {
    show(await server.preview(asBody(drawing), WANTED));
    at("way").dataset.state = "whole";
    if (document.activeElement === at("again")) at("title").focus(); // the button goes: do not lose the focus
    at("again").hidden = true;
  } catch (problem) {
    at("way").dataset.state = "begun";
    at("said").textContent = words.trouble(problem).verdict;
    at("again").hidden = false;
  }
  at("way").setAttribute("aria-busy", "false");
}

at("again").addEventListener("click", follow);
for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
  matchMedia(query).addEventListener("change", () => repaints.forEach((again) => again()));
}
begin();
follow();
loadAgain();
yieldToOthers();
