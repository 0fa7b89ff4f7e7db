// Runs in the page before the page's own modules, for bench/page: notes when ink and answers are there.
// All times are milliseconds on the clock of performance.now(), which is that of event.timeStamp, too.

(() => {
  const PATIENCE = 1000; // milliseconds after which ink is given up
  const REACH = 7.5; // CSS pixels: half a pen's width and a little; what is nearer to earlier ink is ink already
  const copy = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  let points = []; // of the drawing on the pad
  let underWay = 0; // requests
  let canvas;

  const probe = (globalThis.probe = {
    ink: [], // from event to ink
    asking: [], // from a preview's request to its answer
    told: [], // from the pen being lifted to the page hearing of it
    missed: 0, // points that left no ink
    last: 0, // when the last point was made
    pressed: 0, // when "Predict it" was
    shown: 0, // the end of the frame in which the answer changed last

    forget() {
      [probe.ink, probe.asking, probe.told, probe.missed] = [[], [], [], 0];
    },

    /** Whether all of the drawing has been read and shown: nothing is asked, and nothing will be. */
    whole: () => underWay === 0 && probe.shown > probe.last && performance.now() - probe.shown > 300,

    recorded: () =>
      probe.shown > probe.pressed && ["answered", "refused"].includes(document.getElementById("answer").dataset.state),
  });

  /** Call `then(now)` after the frame that is being made. */
  function afterFrame(then) {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => then(performance.now());
    requestAnimationFrame(() => port2.postMessage(null));
  }

  function isInk([x, y]) {
    const scale = canvas.width / 280;
    copy.clearRect(0, 0, 1, 1);
    copy.drawImage(canvas, Math.floor(x * scale), Math.floor(y * scale), 1, 1, 0, 0, 1, 1);
    return copy.getImageData(0, 0, 1, 1).data[3] > 127;
  }

  // On the window, so after the page's own listener: what that has asked for the next frame is then done before this.
  addEventListener("pointermove", (event) => {
    if (event.target !== canvas || !(event.buttons & 1)) return;
    probe.last = event.timeStamp;
    const box = canvas.getBoundingClientRect();
    const point = [event.clientX - box.left, event.clientY - box.top];
    const isNew = points.every(([x, y]) => Math.hypot(point[0] - x, point[1] - y) > REACH);
    points.push(point);
    if (!isNew) return;
    requestAnimationFrame(function look() {
      const now = performance.now();
      if (isInk(point)) probe.ink.push(now - event.timeStamp);
      else if (now - event.timeStamp < PATIENCE) requestAnimationFrame(look);
      else probe.missed += 1;
    });
  });

  addEventListener("pointerup", (event) => {
    if (event.target === canvas) probe.told.push(performance.now() - event.timeStamp);
  }, { capture: true });

  const real = globalThis.fetch;
  globalThis.fetch = async (url, request) => {
    const begun = performance.now();
    underWay += 1;
    try {
      const response = await real(url, request);
      const body = await response.text();
      if (request?.body?.includes('"record":false')) probe.asking.push(performance.now() - begun);
      return new Response(response.status === 204 ? null : body, response);
    } finally {
      underWay -= 1;
    }
  };

  addEventListener("DOMContentLoaded", () => {
    canvas = document.getElementById("canvas");
    const predict = document.getElementById("predict");
    addEventListener("click", (event) => {
      if (event.target.id === "clear") points = [];
      if (predict.contains(event.target)) probe.pressed = event.timeStamp;
    }, { capture: true });
    new MutationObserver(() => afterFrame((now) => (probe.shown = now))).observe(
      document.querySelector('[data-part="verdict"]'),
      { childList: true, characterData: true, subtree: true },
    );
  });
})();
