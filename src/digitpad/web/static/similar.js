// The dialog with the earlier drawings that the network finds most like one.

import { caption, element, picture } from "./history.js";
import { say } from "./say.js";
import * as words from "./words.js";

const SHOWN = 6; // drawings: two full rows at most widths

/** Make `dialog` show the drawings most like one, which `server` finds. */
export function similarIn(dialog, server) {
  const part = (name) => dialog.querySelector(`[data-part="${name}"]`);

  function item(prediction) {
    const made = element("li", {});
    made.append(picture(prediction, server.pictureOf), caption(prediction));
    const when = made.querySelector("time");
    when.textContent = say("history.alike", { percent: words.percent(Math.max(0, prediction.similarity)) });
    return made;
  }

  let asked = 0; // how many times

  return {
    async show(id) {
      const turn = (asked += 1);
      part("drawings").replaceChildren();
      part("said").textContent = say("answer.waiting");
      dialog.showModal();
      try {
        const { predictions, complete } = await server.similar(id, SHOWN);
        if (turn !== asked) return; // the dialog is about another drawing by now
        part("drawings").replaceChildren(...predictions.map(item));
        const none = predictions.length ? "" : say("history.none_alike");
        part("said").textContent = complete ? none : say("history.not_all_compared");
      } catch {
        if (turn === asked) part("said").textContent = say("history.away");
      }
    },
  };
}
