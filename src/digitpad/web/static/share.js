// Shares a drawing with its answer: one picture of both, for other apps, for the clipboard, or as a file.

import { SIDE } from "./ink.js";

const SCALE = 2; // pixels of the picture for each unit below
const MARGIN = 24;
const WIDTH = SIDE + 2 * MARGIN;
const DIGIT = { size: 84, room: 70 }; // the digit's type, and how wide it may be

/** The text in lines of at most `width` by `measure(line)`; a longer word has its own line, “99 %” stays together. */
export function wrapped(text, width, measure) {
  const lines = [];
  for (const word of text.split(/ (?!%)/)) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && measure(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** A PNG of the drawing on the canvas `ink` above its answer, { digit, verdict, otherwise }, in the page's colours. */
export function cardOf(ink, { digit, verdict, otherwise }) {
  const style = getComputedStyle(document.documentElement);
  const look = (name) => style.getPropertyValue(`--${name}`).trim();
  const fonts = { verdict: `20px ${look("print")}`, otherwise: `14px ${look("text")}` };
  const context = document.createElement("canvas").getContext("2d");
  const beside = MARGIN + DIGIT.room;
  const laidOut = [
    ...linesOf(context, verdict, fonts.verdict, "ink", 26),
    ...linesOf(context, otherwise, fonts.otherwise, "muted", 20),
  ];
  const below = Math.max(DIGIT.size, 12 + laidOut.reduce((sum, { height }) => sum + height, 0));

  const { canvas } = context;
  Object.assign(canvas, { width: WIDTH * SCALE, height: (MARGIN + SIDE + below + 2 * MARGIN) * SCALE });
  context.scale(SCALE, SCALE);
  context.fillStyle = look("page");
  context.fillRect(0, 0, WIDTH, canvas.height);
  context.fillStyle = look("sheet");
  context.fillRect(MARGIN, MARGIN, SIDE, SIDE);
  context.drawImage(ink, MARGIN, MARGIN, SIDE, SIDE);
  context.strokeStyle = look("line");
  context.strokeRect(MARGIN + 0.5, MARGIN + 0.5, SIDE - 1, SIDE - 1);

  context.fillStyle = look("ink");
  context.font = `700 ${DIGIT.size}px ${look("print")}`;
  context.fillText(digit, MARGIN, MARGIN + SIDE + DIGIT.size);
  let y = MARGIN + SIDE + 12;
  for (const { line, font, colour, height } of laidOut) {
    y += height;
    Object.assign(context, { font, fillStyle: look(colour) });
    context.fillText(line, beside, y);
  }
  Object.assign(context, { font: `11px ${look("text")}`, fillStyle: look("muted"), textAlign: "right" });
  context.fillText(`digitpad · ${location.host}`, WIDTH - MARGIN, canvas.height / SCALE - 12);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function linesOf(context, text, font, colour, height) {
  context.font = font;
  const lines = wrapped(text, SIDE - DIGIT.room, (line) => context.measureText(line).width);
  return lines.map((line) => ({ line, font, colour, height }));
}

/** Whether this browser can share pictures with other apps. */
export const isShared = () => {
  const file = new File([], "a.png", { type: "image/png" });
  return Boolean(navigator.canShare?.({ files: [file] }));
};

/**
 * Share a picture, a promise of a Blob: with another app if the system can, else by the clipboard, else as a file.
 *
 * Returns which it was, "shared", "copied" or "saved"; null if the user cancelled.
 */
export async function handOn(picture, name) {
  if (isShared()) {
    try {
      await navigator.share({ files: [new File([await picture], name, { type: "image/png" })] });
      return "shared";
    } catch (error) {
      if (error.name === "AbortError") return null;
    }
  }
  try {
    // The promise itself: some browsers forget the press of the button while the page awaits it.
    await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
    return "copied";
  } catch {
    // Without TLS there is no clipboard, or it may be forbidden.
  }
  const href = URL.createObjectURL(await picture);
  Object.assign(document.createElement("a"), { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
  return "saved";
}
