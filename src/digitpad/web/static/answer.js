// The answer: the digit, how sure, the ten columns and what the network saw. Speaks it, too.

import * as words from "./words.js";

const FIELD = 28; // pixels: the side of the picture that the network saw

/** The section `root` of the page as something that shows answers. */
export function answerIn(root) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const columns = [...root.querySelectorAll("[data-digit]")];

  function say(state, digit, { verdict, otherwise, note = "" }) {
    root.dataset.state = state;
    part("digit").textContent = digit;
    part("verdict").textContent = verdict;
    part("otherwise").textContent = otherwise;
    part("note").textContent = note;
  }

  function announce(text) {
    part("digit").scrollIntoView({ block: "nearest" }); // on a small screen it may be below the fold
    const region = part("spoken");
    region.textContent = "";
    // The same words twice are only spoken twice when they went away in between.
    requestAnimationFrame(() => (region.textContent = text));
  }

  function fill(probabilities, best) {
    columns.forEach((column, digit) => {
      const share = probabilities[digit] ?? 0;
      column.classList.toggle("best", digit === best);
      column.classList.toggle("worth-saying", share >= 0.01);
      column.style.setProperty("--share", share.toFixed(4));
      column.querySelector(".share").textContent = probabilities.length ? words.short(share) : "";
    });
  }

  function develop(rows) {
    const context = part("seen").getContext("2d");
    context.clearRect(0, 0, FIELD, FIELD);
    if (!rows) return;
    const picture = context.createImageData(FIELD, FIELD);
    rows.flat().forEach((ink, at) => picture.data.set([255, 255, 255, Math.round(ink * 255)], at * 4));
    context.putImageData(picture, 0, 0);
  }

  function reset(state, text) {
    say(state, "", text);
    fill([], null);
    develop(null);
  }

  reset("empty", words.EMPTY);

  return {
    /** Nothing is drawn. */
    empty: () => reset("empty", words.EMPTY),

    /** Something is drawn and not yet read. */
    ready: () => reset("ready", words.READY),

    /** "Predict it" was pressed with nothing drawn. */
    nothingDrawn() {
      reset("nothing-drawn", words.NOTHING_DRAWN);
      announce(`${words.NOTHING_DRAWN.verdict}. ${words.NOTHING_DRAWN.otherwise}`);
    },

    waiting: () => reset("waiting", words.WAITING),

    /** Show what the API answered. */
    show(answer) {
      const refused = answer.digit === null;
      const note = answer.recorded ? "" : words.NOT_RECORDED;
      say(refused ? "refused" : "answered", refused ? "?" : String(answer.digit), { ...words.verdictOn(answer), note });
      fill(answer.probabilities, answer.digit);
      develop(answer.canonical);
      announce(words.spoken(answer));
    },

    /** Say what went wrong. */
    trouble(problem) {
      const text = words.trouble(problem);
      reset("trouble", text);
      say("trouble", "!", text);
      announce(`${text.verdict}. ${text.otherwise}`);
    },
  };
}
