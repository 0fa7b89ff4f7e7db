// The wall: a class's latest drawings, fetched every few seconds with the key after the # of the address.

import { inkCanvas } from "./canvas.js";
import { fitted } from "./ink.js";
import { say } from "./say.js";
import { classAt } from "./server.js";
import { NO_DIGIT, aLabel } from "./words.js";

const PACE = 2000; // milliseconds from one request to the next
const SLOW = 15_000; // while nobody looks, or the server is unreachable

const at = (id) => document.getElementById(id);
const code = at("code").textContent;
const server = classAt(document.body.dataset.api, code, location.hash.slice(1));
const cards = new Map(); // by the drawing's id: { item, gone }, the card and the AbortController that ends it
let timer = null;

// ── Showing ──────────────────────────────────────────────────────────────────────────────────────────────

const element = (name, properties) => Object.assign(document.createElement(name), properties);

/** A drawing in words; `asked` is null if the operator has labelled it as no digit. */
const inWords = ({ asked, digit }) =>
  asked === null
    ? say("on_wall.no_digit", { digit: aLabel(digit) })
    : say("on_wall.drawing", { asked: aLabel(asked), digit: aLabel(digit) });

function card({ id, asked, digit, ink }) {
  const item = element("li", { className: digit === asked ? "" : "misread" });
  const canvas = element("canvas", {});
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", inWords({ asked, digit }));
  const caption = element("p", {});
  caption.setAttribute("aria-hidden", "true"); // the canvas's label says it
  caption.append(
    element("b", { textContent: asked ?? NO_DIGIT }),
    element("span", { textContent: digit === asked ? "✓" : say("on_wall.read", { digit: digit ?? NO_DIGIT }) }),
  );
  const remove = element("button", { type: "button", className: "quiet", textContent: "×" });
  remove.setAttribute("aria-label", say("on_wall.remove", { digit: aLabel(asked) }));
  remove.addEventListener("click", () => takeOut(id));
  item.append(canvas, caption, remove);
  const gone = new AbortController();
  inkCanvas(canvas, gone.signal).show({ strokes: fitted(ink.strokes), picture: null });
  return { item, gone };
}

function show({ drawings, ids, complete }) {
  for (const drawing of [...drawings].reverse()) {
    if (cards.has(drawing.id)) continue;
    cards.set(drawing.id, card(drawing));
    at("drawings").prepend(cards.get(drawing.id).item);
  }
  for (const id of [...cards.keys()]) if (!ids.includes(id)) drop(id);
  at("tools").hidden = false;
  tell(complete ? (ids.length ? "" : say("on_wall.empty")) : say("history.not_all"));
}

function drop(id) {
  const { item, gone } = cards.get(id);
  item.remove();
  gone.abort(); // a wall may stand for days: its memory must not grow with each drawing
  cards.delete(id);
}

function tell(text) {
  at("drawings").setAttribute("aria-busy", "false");
  if (at("said").textContent !== text) at("said").textContent = text;
}

// ── Asking ───────────────────────────────────────────────────────────────────────────────────────────────

let newest; // ask for drawings newer than this one; undefined: for all that the wall shows

async function look() {
  clearTimeout(timer);
  const { wall, problem } = await server.wall(newest).then((wall) => ({ wall }), (problem) => ({ problem }));
  if (problem && isRefused(problem)) return;
  timer = setTimeout(look, document.hidden || problem ? SLOW : PACE);
  if (problem) return;
  show(wall);
  // A drawing that arrives late, from another host, is older than one shown already: ask for all again.
  newest = wall.ids.every((id) => cards.has(id)) ? wall.ids[0] : undefined;
}

/** Say what went wrong, and return whether asking again is useless. */
function isRefused({ status }) {
  tell(status === 403 ? say("on_wall.no_key") : say("on_wall.away"));
  return status === 403;
}

async function takeOut(id) {
  try {
    await server.remove(id);
  } catch (problem) {
    if (problem.status !== 404) return isRefused(problem); // 404: already removed
  }
  if (cards.has(id)) drop(id);
  at("title").focus(); // the pressed button is gone: do not lose the focus
}

// Full screen, as the address bar would show the key to all who see the projector.
at("full").hidden = !document.fullscreenEnabled;
at("full").addEventListener("click", () => document.documentElement.requestFullscreen());

// The page in another language needs the key as well.
for (const link of document.querySelectorAll("a[hreflang]")) link.hash = location.hash;

// The teacher's link, opened in a tab that shows the wall, may change only the part after the #: that loads nothing.
addEventListener("hashchange", () => location.reload());

document.addEventListener("visibilitychange", () => document.hidden || look());

// ── All of them ──────────────────────────────────────────────────────────────────────────────────────────

for (const button of at("tools").querySelectorAll("[value]")) {
  button.addEventListener("click", async () => {
    try {
      const href = URL.createObjectURL(await server.dataSet(button.value));
      element("a", { href, download: `${code}.${button.value}` }).click();
      setTimeout(() => URL.revokeObjectURL(href), SLOW);
    } catch (problem) {
      isRefused(problem);
    }
  });
}

at("erase").addEventListener("click", () => at("sure").showModal());
at("sure").addEventListener("close", async () => {
  if (at("sure").returnValue !== "delete") return;
  at("sure").returnValue = "";
  await server.erase().then(look, isRefused);
});

look();
