// The pad: turns what the pen draws into a drawing; buttons and keys undo it. The page decides what is done with it.

import { inkCanvas } from "./canvas.js";
import { BLANK, cleared, extend, isBlank, redone, undone, withStroke } from "./ink.js";
import { followPen } from "./pen.js";

/**
 * Draw on the element `canvas`; `undo` and `clear` are its buttons, `redo` may be missing.
 *
 * `told.changed(drawing, isStroke)`: the drawing is a new one; `isStroke`: because the pen has begun a stroke on it.
 * `told.grown(drawing)`: the stroke has got longer. `told.lifted(drawing)`: the stroke has ended.
 */
export function padOn({ canvas: element, undo, redo = null, clear }, told = {}) {
  const canvas = inkCanvas(element);
  let drawing = BLANK;
  let stroke = null; // the one being drawn, which is the drawing's last

  function change(next) {
    drawing = next;
    canvas.show(drawing);
    undo.setAttribute("aria-disabled", String(!drawing.past));
    redo?.setAttribute("aria-disabled", String(!drawing.future));
    told.changed?.(drawing, stroke !== null);
  }

  followPen(element, {
    began(point) {
      stroke = [point];
      change(withStroke(drawing, stroke));
    },
    moved(point) {
      extend(stroke, point);
      canvas.show(drawing);
      told.grown?.(drawing);
    },
    ended() {
      stroke = null;
      told.lifted?.(drawing);
    },
    dropped() {
      stroke = null;
      change(drawing.past); // it was a palm's: no redo
    },
  });

  // Not while the pen draws: the stroke would go on in a drawing that is gone.
  const takeBack = () => !stroke && drawing.past && change(undone(drawing));
  const doAgain = () => !stroke && drawing.future && change(redone(drawing));

  undo.addEventListener("click", takeBack);
  redo?.addEventListener("click", doAgain);
  clear.addEventListener("click", () => {
    if (stroke) return;
    if (!isBlank(drawing)) canvas.sweep();
    change(cleared(drawing));
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.matches("input, textarea")) return;
    const key = event.key.toLowerCase();
    const isRedo = (key === "z" && event.shiftKey) || (key === "y" && !event.shiftKey);
    if (key !== "z" && !isRedo) return;
    event.preventDefault();
    if (isRedo) doAgain();
    else takeBack();
  });
  // A held key counts as one press: otherwise it would press a button thirty times a second.
  document.addEventListener("keydown", (event) => {
    if (event.repeat && event.key === "Enter" && event.target.closest("button")) event.preventDefault();
  });

  return {
    drawing: () => drawing,
    isDrawn: () => stroke !== null,
    change,
    sweep: canvas.sweep,
  };
}
