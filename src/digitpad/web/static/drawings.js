// The page "My drawings": all of the visitor's own, page by page; to take along, and to delete.

import { caption, element, picture } from "./history.js";
import { serverAt } from "./server.js";
import * as words from "./words.js";

const PAGE = 48; // drawings: full rows at most widths

const at = (id) => document.getElementById(id);
const server = serverAt(document.body.dataset.api);
let next = null; // the drawing after which the next page begins
let deleting = null; // what the dialog asks about: { run, said, item }

function card(prediction) {
  const { id, source, digit, recorded_at } = prediction;
  const item = element("li", {});
  const actions = element("span", { className: "actions" });
  const name = `${words.readAs(digit)}, ${new Date(recorded_at).toLocaleString()}`;
  const link = (href, textContent, download) => {
    const made = element("a", { href, textContent, download });
    made.setAttribute("aria-label", `${textContent}: ${name}`);
    return made;
  };
  actions.append(link(server.pictureOf(id), words.PICTURE, `${digit ?? "no-digit"}-${id}.png`));
  if (source === "ink") actions.append(link(server.strokesOf(id), words.STROKES, `${digit ?? "no-digit"}-${id}.json`));
  const remove = element("button", { type: "button", className: "quiet", textContent: words.DELETE });
  remove.setAttribute("aria-label", `${words.DELETE}: ${name}`);
  remove.addEventListener("click", () =>
    confirm(words.DELETE_ONE, { run: () => server.remove(id), said: words.DELETED, items: [item] }),
  );
  actions.append(remove);
  item.append(picture(prediction, server.pictureOf), caption(prediction), actions);
  const when = item.querySelector("time");
  when.textContent = words.moment(Date.parse(when.dateTime));
  return item;
}

async function more() {
  try {
    const { predictions, next: following, complete } = await server.mine(PAGE, next);
    next = following;
    at("list").append(...predictions.map(card));
    say(complete ? "" : words.NOT_ALL);
  } catch {
    say(words.HISTORY_AWAY);
  }
  settle();
}

function settle() {
  const isEmpty = !at("list").children.length;
  at("more").hidden = !next;
  at("tools").hidden = isEmpty;
  if (isEmpty && !at("said").textContent) say(words.HAS_NONE);
  document.body.setAttribute("aria-busy", "false");
}

function confirm(question, what) {
  deleting = what;
  at("question").textContent = question;
  at("sure").showModal();
}

function say(text) {
  at("said").textContent = text;
}

at("sure").addEventListener("close", async () => {
  if (at("sure").returnValue !== "delete" || !deleting) return;
  at("sure").returnValue = "";
  try {
    await deleting.run();
    for (const item of deleting.items) item.remove();
    say(deleting.said);
  } catch {
    say(words.NOT_DELETED);
  }
  settle();
  at("title").focus(); // what was pressed may be gone: do not leave the keyboard nowhere
});

at("delete-all").addEventListener("click", () => {
  const items = [...at("list").children];
  const run = async () => {
    await server.removeAll();
    next = null;
  };
  confirm(words.DELETE_ALL, { run, said: words.ALL_DELETED, items });
});

at("more").addEventListener("click", more);
at("data-set").href = server.dataSet;
more();
