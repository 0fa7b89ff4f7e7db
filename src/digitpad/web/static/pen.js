// The pen: follows one mouse, finger or pen over the canvas and says where strokes begin, go on and end.

import { SIDE, edgeBetween, isOnCanvas } from "./ink.js";

const PRIMARY = 1; // in PointerEvent.buttons: the left button, a finger or a pen that touches
const PEN_IS_NEAR = 1000; // milliseconds after a pen was seen in which a touch counts as the hand that holds it

/**
 * Call `began(point)`, `moved(point)` and `ended()` for each stroke that is drawn on `canvas`.
 *
 * Only one pointer draws at a time: a second finger or a palm is ignored, even between a pen's strokes. A pen takes
 * over from a touch, which was then a palm: `dropped()`. A stroke ends where the pointer leaves the canvas, and a new
 * one begins where it returns.
 */
export function followPen(canvas, { began, moved, ended, dropped }) {
  let pointer = null; // { id, type, last, drawing }: the one we follow, its last point, whether it is on the canvas
  let penSeen = -Infinity; // when a pen drew or hovered last

  const isPalm = (event) => event.pointerType === "touch" && event.timeStamp - penSeen < PEN_IS_NEAR;

  for (const type of ["pointerdown", "pointermove", "pointerup"]) {
    canvas.addEventListener(type, (event) => {
      if (event.pointerType === "pen") penSeen = event.timeStamp;
    });
  }

  canvas.addEventListener("pointerdown", (event) => {
    const palmBefore = pointer?.type === "touch" && event.pointerType === "pen";
    if (event.button !== 0 || (pointer && !palmBefore) || isPalm(event)) return;
    if (palmBefore && pointer.drawing) dropped();
    event.preventDefault(); // no text selection, no long-press menu
    canvas.setPointerCapture(event.pointerId);
    const point = pointOf(event, canvas.getBoundingClientRect());
    pointer = { id: event.pointerId, type: event.pointerType, last: point, drawing: true };
    began(point);
  });

  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer?.id) return;
    if (!(event.buttons & PRIMARY)) return lift(event); // another button is still down
    const box = canvas.getBoundingClientRect();
    // Pens send more points than screens show frames: the ones in between keep curves round.
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) follow(pointOf(each, box));
  });

  function follow(point) {
    const was = pointer.drawing;
    pointer.drawing = isOnCanvas(point);
    if (was && pointer.drawing) moved(point);
    else if (was) {
      moved(edgeBetween(pointer.last, point));
      ended();
    } else if (pointer.drawing) {
      began(edgeBetween(point, pointer.last));
      moved(point);
    }
    pointer.last = point;
  }

  function lift(event) {
    if (event.pointerId !== pointer?.id) return;
    if (pointer.drawing) ended();
    pointer = null;
  }

  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) canvas.addEventListener(type, lift);
  // Leaving the page in the middle of a stroke ends it: on return, the pen is up.
  addEventListener("pagehide", () => pointer && lift({ pointerId: pointer.id }));
  canvas.addEventListener("contextmenu", (event) => pointer && event.preventDefault());
}

const pointOf = (event, box) => [
  ((event.clientX - box.left) * SIDE) / box.width,
  ((event.clientY - box.top) * SIDE) / box.height,
  event.timeStamp,
  // Fingers and mice report a constant that differs from browser to browser.
  event.pointerType === "pen" ? event.pressure : 0.5,
];
