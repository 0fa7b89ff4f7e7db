// The page on which a class draws: it asks for one digit after another, and sends each drawing sooner or later.

import { GOAL, asked, begun, drawn, from, skipped, takenBack } from "./asking.js";
import { BLANK, isBlank, toJSON } from "./ink.js";
import { loadAgain, passOn, whose, yieldToOthers } from "./kept.js";
import { padOn } from "./pad.js";
import { say } from "./say.js";
import { sending } from "./sending.js";
import { classAt, newKey } from "./server.js";
import { aDigit, aLabel, trouble } from "./words.js";

const at = (id) => document.getElementById(id);
const code = at("code").textContent;
const server = classAt(document.body.dataset.api, code);
const pad = padOn({ canvas: at("canvas"), undo: at("undo"), clear: at("clear") });

let { state, keys } = restored(); // what is asked for, and the keys of the drawings that can be taken back

// ── Kept by the browser ──────────────────────────────────────────────────────────────────────────────────

function stored(name) {
  const place = `digitpad.class.${code}.${name}`;
  return {
    load() {
      try {
        return JSON.parse(localStorage.getItem(place));
      } catch {
        return null; // a browser may forbid storage
      }
    },
    save(value) {
      try {
        localStorage.setItem(place, JSON.stringify(value));
      } catch {
        // Then it lasts as long as the page.
      }
    },
  };
}

/** The state as it was left, unless it is now somebody else's turn. */
function restored() {
  const kept = stored("asked").load();
  if ((kept?.turn ?? "") !== whose()) return { state: begun(), keys: [] };
  return { state: from(kept?.state), keys: Array.isArray(kept?.keys) ? kept.keys : [] };
}

const keepAsked = () => stored("asked").save({ state, keys, turn: whose() });

// ── Asking ───────────────────────────────────────────────────────────────────────────────────────────────

function ask(next) {
  state = next;
  keepAsked();
  pad.change(BLANK);
  const number = state.done.length;
  const goal = GOAL * Math.max(1, Math.ceil(number / GOAL));
  at("ask").textContent = say("asked.draw", { digit: aDigit(asked(state)) });
  Object.assign(at("progress"), { max: goal, value: number });
  at("count").textContent = say("asked.drawn", { count: number, goal });
  at("back").setAttribute("aria-disabled", String(!keys.length));
  if (isEnough()) tell(say("asked.enough"));
}

const isEnough = () => state.done.length > 0 && state.done.length % GOAL === 0;

function tell(text) {
  at("last").textContent = text;
}

const sender = sending(server, stored("waiting"), {
  arrived({ key, asked }, { digit }) {
    if (isEnough() || !keys.includes(key)) return; // the thanks stay; what was taken back is not mentioned
    tell(say(`asked.${digit === asked ? "read" : "misread"}`, { digit: aLabel(digit), asked: aDigit(asked) }));
  },
  passedOn() {
    passOn();
    keepAsked(); // the next person may have begun while the server was unreachable
  },
  refused: (problem) => tell(trouble(problem).verdict),
  waiting: (count) => (at("waiting").textContent = count ? say("asked.waiting", { count }) : ""),
});

at("done").addEventListener("click", (event) => {
  if (pad.isDrawn() || event.detail > 1) return; // a double click is one press
  if (isBlank(pad.drawing())) {
    tell(say("asked.nothing", { digit: aDigit(asked(state)) }));
    return;
  }
  const item = { key: newKey(), asked: asked(state), ink: toJSON(pad.drawing().strokes) };
  keys = [...keys, item.key].slice(-GOAL);
  pad.sweep();
  tell("");
  ask(drawn(state));
  sender.add(item);
});

at("skip").addEventListener("click", () => {
  if (pad.isDrawn()) return; // the rest of the stroke would be lost
  ask(skipped(state));
});

at("back").addEventListener("click", () => {
  if (pad.isDrawn() || !keys.length || !state.done.length) return;
  const key = keys.at(-1);
  keys = keys.slice(0, -1);
  ask(takenBack(state));
  sender.takeBack(key);
  tell(say("asked.taken_back"));
});

// ── Somebody else's turn ─────────────────────────────────────────────────────────────────────────────────

at("next").addEventListener("click", () => pad.isDrawn() || at("sure").showModal());
at("sure").addEventListener("close", () => {
  if (at("sure").returnValue !== "next") return;
  at("sure").returnValue = "";
  keys = [];
  ask(begun());
  sender.passOn();
  tell(say("asked.your_turn"));
  at("ask").focus();
});

addEventListener("online", sender.hurry);
ask(state);
sender.hurry();
loadAgain();
yieldToOthers();
