// The canvas: draws strokes, sharp on every screen, in the colour that the style sheet gives.

import { SIDE, smooth } from "./ink.js";

const SAMPLED = 64; // pixels: the side of the copy on which a picture's brightness is measured

/**
 * Draw on `canvas`: `show(drawing)` paints at the next frame, `sweep()` animates the old content away.
 *
 * What the screen is like is followed until the AbortSignal `gone`; without one, the canvas is kept for ever.
 */
export function inkCanvas(canvas, gone = undefined) {
  const context = canvas.getContext("2d");
  let strokes = [];
  let picture = null; // an image that takes the place of the ink
  let asked = false;

  function paint() {
    asked = false;
    const scale = canvas.width / SIDE;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, SIDE, SIDE);
    if (picture) lay(picture);
    context.strokeStyle = getComputedStyle(canvas).color;
    context.lineCap = "round";
    context.lineJoin = "round";
    for (const stroke of strokes) trace(smooth(stroke));
  }

  /** Lay a picture on the pad: all of it, as large as it fits. */
  function lay(image) {
    const share = SIDE / Math.max(image.naturalWidth, image.naturalHeight);
    const [wide, high] = [image.naturalWidth * share, image.naturalHeight * share];
    if (!wide) return; // not loaded yet
    const place = [(SIDE - wide) / 2, (SIDE - high) / 2, wide, high];
    context.fillStyle = paperBelow(image);
    context.fillRect(...place);
    context.drawImage(image, ...place);
  }

  function trace({ start, curves }) {
    let from = start;
    let width = null;
    for (const [controlX, controlY, x, y, wide] of curves) {
      if (wide !== width) {
        // A path has one width: where the pressure changes, a new one begins.
        if (width !== null) context.stroke();
        context.beginPath();
        context.moveTo(...from);
        context.lineWidth = width = wide;
      }
      context.quadraticCurveTo(controlX, controlY, x, y);
      from = [x, y];
    }
    context.stroke();
  }

  function repaint() {
    if (!asked) requestAnimationFrame(paint);
    asked = true;
  }

  function fit() {
    const pixels = Math.round(SIDE * devicePixelRatio);
    if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
    repaint();
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", fit, { once: true, signal: gone });
  }

  fit();
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
    matchMedia(query).addEventListener("change", repaint, { signal: gone });
  }

  return {
    show(next) {
      strokes = next.strokes;
      if (next.picture !== (picture?.src ?? null)) {
        picture = next.picture ? Object.assign(new Image(), { src: next.picture, onload: repaint }) : null;
      }
      repaint();
    },
    sweep() {
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
      const leaving = canvas.cloneNode();
      for (const name of ["id", "role", "aria-label", "aria-describedby"]) leaving.removeAttribute(name);
      leaving.className = "leaving";
      leaving.getContext("2d").drawImage(canvas, 0, 0);
      leaving.addEventListener("animationend", () => leaving.remove());
      canvas.after(leaving);
    },
  };
}

/** The paper that makes a picture with transparency visible on any sheet: white below a dark picture, else black. */
function paperBelow(image) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SAMPLED, height: SAMPLED });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0, SAMPLED, SAMPLED);
  const { data } = context.getImageData(0, 0, SAMPLED, SAMPLED);
  let [light, covered] = [0, 0];
  for (let at = 0; at < data.length; at += 4) {
    light += (data[at + 3] * (data[at] + data[at + 1] + data[at + 2])) / 3;
    covered += data[at + 3];
  }
  return light > 128 * covered ? "black" : "white";
}
