// The page, wired: pen → drawing → canvas, "Predict it" → server → answer, history and foot.

import { answerIn } from "./answer.js";
import { historyIn } from "./history.js";
import { asBody, isBlank, sameInk, withPicture } from "./ink.js";
import { keep, keptAnswer, keptAsking, keptDrawing, yieldToOthers } from "./kept.js";
import { padOn } from "./pad.js";
import { takePictures } from "./picture.js";
import { reading } from "./reading.js";
import { say } from "./say.js";
import { newKey, serverAt } from "./server.js";
import { cardOf, handOn, isShared } from "./share.js";
import * as words from "./words.js";

const at = (id) => document.getElementById(id);

const server = serverAt(document.body.dataset.api);
const answer = answerIn(at("answer"), () => include.length > 1);
const history = historyIn(at("history"), server.pictureOf);

let recorded = []; // { drawing, prediction }, newest first: all recorded here, for when undo returns to one of them
let include = ["canonical"]; // what to ask for besides the answer
let pressed = null; // { drawing, asking }: what is to be recorded and has no answer yet; `asking` is { key, include }
let opened = null; // a picture that waits until the pen is up
let asked = 0; // how often the history was asked for

// ── Drawing ──────────────────────────────────────────────────────────────────────────────────────────────

const pad = padOn(
  { canvas: at("canvas"), undo: at("undo"), redo: at("redo"), clear: at("clear") },
  {
    changed(drawing, isStroke) {
      at("pad").classList.toggle("blank", isBlank(drawing));
      at("pad").classList.toggle("pictured", Boolean(drawing.picture));
      if (!isStroke) keepThis(drawing);
      reader.changed(drawing, { grown: isStroke, known: answerTo(drawing) !== null });
      answerFor(drawing);
    },
    grown: (drawing) => reader.changed(drawing, { grown: true }),
    lifted(drawing) {
      keep(drawing);
      reader.lifted();
      lay();
    },
  },
);

/** The prediction recorded for this very drawing, or null. */
const answerTo = (drawing) => recorded.find((each) => sameInk(drawing, each.drawing))?.prediction ?? null;

/** How this very drawing is being asked for, or null. */
const askingFor = (drawing) => (sameInk(drawing, pressed?.drawing) ? pressed.asking : null);

const keepThis = (drawing) => keep(drawing, answerTo(drawing), askingFor(drawing));

function answerFor(drawing) {
  const known = answerTo(drawing);
  if (isBlank(drawing)) answer.empty();
  else if (!known) answer.goesOn();
  else {
    answer.show(known);
    if (include.length > 1 && !known.saliency) develop(); // it was recorded without
  }
}

/** Lay the picture that was opened on the pad, but not under a pen that draws: the rest of the stroke would be lost. */
function lay() {
  if (!opened || pad.isDrawn()) return;
  const picture = opened;
  opened = null;
  pad.change(withPicture(pad.drawing(), picture));
}

takePictures(at("pad"), at("file"), {
  taken(picture) {
    opened = picture;
    lay();
  },
  refused(problem) {
    answer.trouble(problem);
    bringIntoView();
  },
});
at("choose").addEventListener("click", () => at("file").click());

// ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────

const reader = reading(
  {
    preview: (body, signal) => server.preview(body, include, signal),
    predict: (body, { key, include }) => server.predict(body, key, include),
  },
  {
    preview: answer.preview,
    trouble(problem, isAwaited) {
      answer.trouble(problem);
      if (isAwaited) bringIntoView();
    },
    waiting: (isWaiting) => at("predict").setAttribute("aria-busy", String(isWaiting)),
    recorded(prediction, wish, isStale) {
      if (wish.key === pressed?.asking) pressed = null;
      if (prediction.recorded) recorded = [{ drawing: wish.drawing, prediction }, ...recorded];
      if (!isStale) {
        answer.show(prediction);
        bringIntoView();
      } else if (sameInk(wish.drawing, pad.drawing())) pad.change(pad.drawing()); // undone meanwhile, and redone
      note(prediction);
      keepThis(pad.drawing());
      if (prediction.recorded) remember();
    },
  },
  { limit: Number(at("pad").dataset.limit) },
);

/** The page must not scroll under a pen that draws on meanwhile. */
function bringIntoView() {
  if (!pad.isDrawn()) answer.bringIntoView();
}

function predict() {
  if (pad.isDrawn()) return;
  if (isBlank(pad.drawing())) return answer.nothingDrawn();
  answer.waiting();
  // Again without an answer, the same key: it may be recorded already, and the page was loaded again since.
  pressed = { drawing: pad.drawing(), asking: askingFor(pad.drawing()) ?? { key: newKey(), include } };
  keepThis(pad.drawing());
  reader.predict(pad.drawing(), pressed.asking);
}

at("predict").addEventListener("click", (event) => {
  if (event.detail < 2) predict(); // a double click is one press; pressing again later is another prediction
});

addEventListener("online", reader.hurry);

at("mattered").addEventListener("click", () => {
  const isAsked = include.length === 1;
  at("mattered").setAttribute("aria-pressed", String(isAsked));
  include = isAsked ? ["canonical", "saliency"] : ["canonical"];
  if (!isBlank(pad.drawing())) develop();
});

async function develop() {
  const [wanted, of] = [include, pad.drawing()];
  const seen = await server.preview(asBody(of), wanted).catch(() => ({}));
  if (seen.canonical && wanted === include && sameInk(of, pad.drawing())) answer.develop(seen);
}

// ── Handing it on ────────────────────────────────────────────────────────────────────────────────────────

function offerSharing() {
  at("share").textContent = isShared() ? say("share.share") : say("share.copy");
}

at("share").addEventListener("click", async () => {
  const shown = answer.shown();
  if (!shown) return;
  const done = await handOn(cardOf(at("canvas"), shown), `digitpad-${shown.digit}.png`);
  if (!done) return; // cancelled
  at("share").textContent = say(`share.${done}`);
  answer.announce(say(`share.${done}`));
  setTimeout(offerSharing, 3000);
});

offerSharing();

// ── Putting it right ─────────────────────────────────────────────────────────────────────────────────────

at("choices").addEventListener("click", async (event) => {
  const choice = event.target.closest("button");
  const of = pad.drawing();
  const shown = answerTo(of);
  if (!choice || !shown) return;
  const label = choice.value === words.NOT_A_DIGIT ? words.NOT_A_DIGIT : Number(choice.value);
  try {
    const prediction = { ...shown, ...(await server.label(shown.id, label)) };
    recorded = recorded.map((each) => (each.prediction.id === shown.id ? { ...each, prediction } : each));
    if (sameInk(pad.drawing(), of)) answer.corrected(prediction);
    keepThis(pad.drawing());
    remember();
  } catch ({ status }) {
    const isGone = status === 404; // deleted, in another tab
    if (isGone) await remember(); // first, as it takes back what was said about the answer
    answer.notCorrected(isGone);
  }
});

// ── What is kept ─────────────────────────────────────────────────────────────────────────────────────────

async function remember() {
  const [turn, before] = [(asked += 1), recorded];
  try {
    const { predictions, complete } = await server.mine(history.size);
    if (turn !== asked) return; // the answer to a later request is newer, whichever comes first
    history.show(predictions, complete);
    if (complete && before === recorded) agree(predictions);
    if (predictions.length) note({ ...predictions[0], recorded: true });
    else at("last-record").textContent = say("history.none_of_yours");
  } catch {
    history.away();
  }
}

/** Another page may have deleted or corrected what is known here as recorded. */
function agree(predictions) {
  const before = answerTo(pad.drawing());
  recorded = recorded.flatMap((each) => {
    const now = predictions.find(({ id }) => id === each.prediction.id);
    if (now && now.label !== each.prediction.label) return { ...each, prediction: { ...each.prediction, ...now } };
    const would = predictions.length < history.size || predictions.at(-1).recorded_at < each.prediction.recorded_at;
    return now || !would ? each : []; // as it was, or too old to be among these
  });
  if (answerTo(pad.drawing()) !== before) pad.change(pad.drawing());
}

function note({ recorded, recorded_at }) {
  at("records").dataset.state = recorded ? "recorded" : "not-recorded";
  at("last-record").textContent = recorded
    ? words.lastRecord(Date.parse(recorded_at), Date.now())
    : say("history.last_not_recorded");
}

const [drawing, prediction, asking] = [keptDrawing(), keptAnswer(), keptAsking()];
if (prediction) recorded = [{ drawing, prediction }];
if (asking) pressed = { drawing, asking };
pad.change(drawing);
remember();
addEventListener("online", remember);
addEventListener("pageshow", ({ persisted }) => persisted && remember());
yieldToOthers();
