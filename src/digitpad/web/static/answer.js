// The answer: the digit, how sure, the ten columns and what the network saw. Also speaks it to screen readers.

import { say } from "./say.js";
import * as words from "./words.js";

const FIELD = 28; // pixels: the side of the picture that the network saw

/** Make the section `root` of the page show answers; it shows which ink mattered only while `isTinted()`. */
export function answerIn(root, isTinted) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const choices = [...part("choices").children];
  const columns = [...root.querySelectorAll("[data-digit]")];
  let shown = null; // { digit, verdict, otherwise } of the answer that is shown

  function put(state, digit, { verdict, otherwise, note = "" }) {
    root.dataset.state = state;
    part("digit").textContent = digit;
    part("verdict").textContent = verdict;
    part("otherwise").textContent = otherwise;
    part("note").textContent = note;
  }

  /** On a small screen, the answer may be below the fold. */
  const bringIntoView = () => part("digit").scrollIntoView({ block: "nearest" });

  function announce(text) {
    const region = part("spoken");
    region.textContent = "";
    // The same words are only spoken again if they were removed in between.
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

  function develop({ canonical, saliency }) {
    const context = part("seen").getContext("2d");
    context.clearRect(0, 0, FIELD, FIELD);
    if (!canonical) return;
    const picture = context.createImageData(FIELD, FIELD);
    const mattered = isTinted() ? saliency?.flat() : undefined; // it may have been switched off meanwhile
    canonical.flat().forEach((ink, at) => picture.data.set(tinted(ink, mattered?.[at]), at * 4));
    context.putImageData(picture, 0, 0);
  }

  function offer({ id, label, ...read }) {
    part("correction").hidden = !id;
    part("asked").textContent = label === null ? words.askWhat(read) : words.corrected(label);
    for (const choice of choices) {
      choice.setAttribute("aria-pressed", String(choice.value === String(label)));
      choice.disabled = choice.value === String(read.digit) && label === null;
    }
  }

  /** Take back what was said about the previous answer. */
  function withdraw() {
    part("correction").hidden = true;
    part("spoken").textContent = "";
    keepFocus();
  }

  /** If the focused element is hidden by now, focus the answer: otherwise the keyboard would start again at the top. */
  function keepFocus() {
    const focused = document.activeElement;
    const isGone = !focused.offsetParent || getComputedStyle(focused).visibility === "hidden";
    if (focused !== root && root.contains(focused) && isGone) root.focus({ preventScroll: true });
  }

  function reset(state, text) {
    put(state, "", text);
    shown = null;
    fill([], null);
    develop({});
    withdraw();
  }

  function present(answer, note) {
    shown = { digit: String(answer.digit ?? words.NO_DIGIT), ...words.verdictOn(answer) };
    put("", shown.digit, { ...shown, note });
    fill(answer.probabilities, answer.digit);
    develop(answer);
  }

  reset("empty", words.two("answer.empty"));

  return {
    /** Nothing is drawn. */
    empty: () => reset("empty", words.two("answer.empty")),

    /** Something is drawn, but not yet read. */
    ready: () => reset("ready", words.two("answer.ready")),

    /** "Predict it" was pressed with nothing drawn. */
    nothingDrawn() {
      const text = words.two("answer.nothing_drawn");
      reset("nothing-drawn", text);
      bringIntoView();
      announce(`${text.verdict}. ${text.otherwise}`);
    },

    waiting: () => reset("waiting", { verdict: say("answer.waiting"), otherwise: "" }),

    /** The drawing goes on: the answer shown is for a part of it, and is not recorded. */
    goesOn() {
      if (["empty", "nothing-drawn"].includes(root.dataset.state)) reset("ready", words.two("answer.ready"));
      else if (["answered", "refused"].includes(root.dataset.state)) root.dataset.state = "preview";
      withdraw();
    },

    /** Show what is read so far, in silence: a voice that follows every stroke would be unbearable. */
    preview(answer) {
      const isNext = root.dataset.state.startsWith("preview");
      present(answer, say("answer.preview"));
      root.dataset.state = answer.digit === null ? "preview-refused" : "preview";
      if (!isNext) withdraw(); // else it is withdrawn already, and what was said since is about something else
    },

    /** Show what the API answered. */
    show(answer) {
      present(answer, words.unrecorded(answer));
      root.dataset.state = answer.digit === null ? "refused" : "answered";
      offer(answer);
      announce(words.spoken(answer));
    },

    /** Show again the picture that the network saw, with what mattered in it if that was asked for. */
    develop,

    /** Show the correction, or that it could not be kept. */
    corrected(answer) {
      offer(answer);
      announce(words.corrected(answer.label));
    },
    notCorrected(isGone) {
      const why = isGone ? say("correction.gone") : say("correction.failed");
      part("asked").textContent = why;
      announce(why);
    },

    /** What is shown, in words: { digit, verdict, otherwise }, or null. */
    shown: () => shown,

    /** Speak. */
    announce,

    bringIntoView,

    /** Say what went wrong. */
    trouble(problem) {
      const text = words.trouble(problem);
      reset("trouble", text);
      put("trouble", "!", text);
      announce(`${text.verdict}. ${text.otherwise}`);
    },
  };
}

/** A pixel of what the network saw: white, or from grey to yellow if it is known how much it mattered. */
function tinted(ink, mattered) {
  const alpha = Math.round(ink * 255);
  if (mattered === undefined) return [255, 255, 255, alpha];
  return [95 + 160 * mattered, 105 + 110 * mattered, 130 - 90 * mattered, Math.max(alpha, Math.round(mattered * 110))];
}
