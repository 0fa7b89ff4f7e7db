// My drawings: the visitor's latest predictions, each with its picture, its digit and how long ago.

import { say } from "./say.js";
import * as words from "./words.js";

const MINUTE = 60_000; // milliseconds

/** Make the section `root` a strip that `show(predictions)` fills; `pictureOf(id)` is the address of a picture. */
export function historyIn(root, pictureOf) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const slots = [...part("drawings").children];

  function fill(slot, prediction) {
    slot.classList.toggle("slot", !prediction);
    slot.ariaHidden = prediction ? null : "true";
    slot.replaceChildren(...(prediction ? [picture(prediction, pictureOf), caption(prediction)] : []));
  }

  function tick() {
    for (const when of root.querySelectorAll("time")) {
      when.textContent = words.ago(Date.parse(when.dateTime), Date.now());
    }
  }

  setInterval(tick, MINUTE / 2);

  return {
    size: slots.length,

    show(predictions, complete) {
      root.setAttribute("aria-busy", "false");
      slots.forEach((slot, at) => fill(slot, predictions[at]));
      part("said").textContent = complete ? (predictions.length ? "" : say("history.nothing_yet")) : say("history.not_all");
      tick();
    },

    away() {
      root.setAttribute("aria-busy", "false");
      part("said").textContent = say("history.away");
    },
  };
}

export const element = (name, properties) => Object.assign(document.createElement(name), properties);

/** The drawing of a prediction, in the colours of the page. */
export function picture({ id, digit, source }, pictureOf) {
  const frame = element("span", { className: "drawing" });
  frame.dataset.source = source ?? "ink";
  frame.append(element("img", { src: pictureOf(id), alt: words.readAs(digit), width: 280, height: 280 }));
  return frame;
}

/** What was read, what a person has said, and when. */
export function caption({ digit, label, recorded_at }) {
  const line = element("span", { className: "caption" });
  const when = element("time", { dateTime: recorded_at, title: words.moment(Date.parse(recorded_at)) });
  line.append(element("b", { textContent: digit ?? words.NO_DIGIT }));
  // What a person has said stands beside what was read: both are worth seeing.
  if (label !== null) line.append(" ", element("span", { className: "label", textContent: words.correctedTo(label) }));
  line.append(" ", when);
  return line;
}
