// The wall: a class's latest drawings, asked for every few seconds with the key behind the address's #.

import { inkCanvas } from "./canvas.js";
import { fitted } from "./ink.js";
import { say } from "./say.js";
import { classAt } from "./server.js";
import { NO_DIGIT, aLabel } from "./words.js";

const PACE = 2000; // milliseconds from one question to the next
const SLOW = 15_000; // while nobody looks, or the server is away

const at = (id) => document.getElementById(id);
const code = at("code").textContent;
const server = classAt(document.body.dataset.api, code, location.hash.slice(1));
const cards = new Map(); // by the drawing's id
let timer = null;

// ── Showing ──────────────────────────────────────────────────────────────────────────────────────────────

const element = (name, properties) => Object.assign(document.createElement(name), properties);

/** A drawing in words; `asked` is null where whoever runs this server has said that it is no digit. */
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
  caption.setAttribute("aria-hidden", "true"); // the drawing's name has it
  caption.append(
    element("b", { textContent: asked ?? NO_DIGIT }),
    element("span", { textContent: digit === asked ? "✓" : say("on_wall.read", { digit: digit ?? NO_DIGIT }) }),
  );
  const remove = element("button", { type: "button", className: "quiet", textContent: "×" });
  remove.setAttribute("aria-label", say("on_wall.remove", { digit: aLabel(asked) }));
  remove.addEventListener("click", () => takeOut(id));
  item.append(canvas, caption, remove);
  inkCanvas(canvas).show({ strokes: fitted(ink.strokes), picture: null });
  return item;
}

function show({ drawings, ids, complete }) {
  for (const drawing of [...drawings].reverse()) {
    if (cards.has(drawing.id)) continue;
    cards.set(drawing.id, card(drawing));
    at("drawings").prepend(cards.get(drawing.id));
  }
  for (const id of [...cards.keys()]) if (!ids.includes(id)) drop(id);
  at("tools").hidden = false;
  tell(complete ? (ids.length ? "" : say("on_wall.empty")) : say("history.not_all"));
}

function drop(id) {
  cards.get(id).remove();
  cards.delete(id);
}

function tell(text) {
  at("drawings").setAttribute("aria-busy", "false");
  if (at("said").textContent !== text) at("said").textContent = text;
}

// ── Asking ───────────────────────────────────────────────────────────────────────────────────────────────

let newest; // the drawing after which others are new; undefined: ask for all that the wall shows

async function look() {
  clearTimeout(timer);
  const { wall, problem } = await server.wall(newest).then((wall) => ({ wall }), (problem) => ({ problem }));
  if (problem && isRefused(problem)) return;
  timer = setTimeout(look, document.hidden || problem ? SLOW : PACE);
  if (problem) return;
  show(wall);
  // One that came late, from another host, is older than one that is here already: ask for all once more.
  newest = wall.ids.every((id) => cards.has(id)) ? wall.ids[0] : undefined;
}

/** Say what went wrong; whether asking again is of no use. */
function isRefused({ status }) {
  tell(status === 403 ? say("on_wall.no_key") : say("on_wall.away"));
  return status === 403;
}

async function takeOut(id) {
  try {
    await server.remove(id);
  } catch (problem) {
    if (problem.status !== 404) return isRefused(problem); // 404: somebody was faster
  }
  if (cards.has(id)) drop(id);
  at("title").focus(); // what was pressed is gone: do not leave the keyboard nowhere
}

// The address bar shows the key to all who see the projector.
at("full").hidden = !document.fullscreenEnabled;
at("full").addEventListener("click", () => document.documentElement.requestFullscreen());

// Another language needs the key as well.
for (const link of document.querySelectorAll("a[hreflang]")) link.hash = location.hash;

// The teacher's link, in a tab that asks for it, changes only what is behind the #: that loads nothing by itself.
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
