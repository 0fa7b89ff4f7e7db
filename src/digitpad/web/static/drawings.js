// The page "My drawings": all of the visitor's own, page by page, to download or delete.

import { caption, element, picture } from "./history.js";
import { loadAgain, yieldToOthers } from "./kept.js";
import { say } from "./say.js";
import { serverAt } from "./server.js";
import { similarIn } from "./similar.js";
import * as words from "./words.js";

const PAGE = 48; // drawings: full rows at most widths

const at = (id) => document.getElementById(id);
const server = serverAt(document.body.dataset.api);
const similar = similarIn(at("alike"), server);
let next = null; // the drawing after which the next page begins
let isAsking = false; // whether a page of drawings is being fetched
let isAway = false; // whether the last one could not be fetched
let deleting = null; // what the dialog asks about: { run, said, items }

function card(prediction) {
  const { id, source, digit, recorded_at } = prediction;
  const item = element("li", {});
  const actions = element("span", { className: "actions" });
  const name = `${words.readAs(digit)}, ${words.moment(Date.parse(recorded_at))}`;
  const link = (href, textContent, download) => {
    const made = element("a", { href, textContent, download });
    made.setAttribute("aria-label", `${textContent}: ${name}`);
    return made;
  };
  actions.append(link(server.pictureOf(id), say("history.picture"), `${digit ?? "no-digit"}-${id}.png`));
  if (source === "ink") actions.append(link(server.strokesOf(id), say("history.strokes"), `${digit ?? "no-digit"}-${id}.json`));
  const button = (textContent, press) => {
    const made = element("button", { type: "button", className: "quiet", textContent });
    made.setAttribute("aria-label", `${textContent}: ${name}`);
    made.addEventListener("click", press);
    return made;
  };
  const remove = { run: () => removed(id), said: say("history.deleted"), items: [item] };
  actions.append(
    button(say("history.similar"), () => similar.show(id)),
    button(say("history.delete"), () => confirm(say("history.delete_one"), remove)),
  );
  item.append(picture(prediction, server.pictureOf), caption(prediction), actions);
  const when = item.querySelector("time");
  when.textContent = words.moment(Date.parse(when.dateTime));
  return item;
}

/** Delete one; it may be gone already, deleted in another tab. */
const removed = (id) =>
  server.remove(id).catch((problem) => {
    if (problem.status !== 404) throw problem;
  });

async function more() {
  if (isAsking) return; // a double click is one press
  isAsking = true;
  try {
    const { predictions, next: following, complete } = await server.mine(PAGE, next);
    const cards = predictions.map(card);
    next = following;
    isAway = false;
    at("list").append(...cards);
    tell(complete ? "" : say("history.not_all"));
    if (document.activeElement === at("more")) focusOn(cards[0]); // the button may be gone after this
  } catch {
    isAway = true;
    tell(say("history.away"));
  }
  isAsking = false;
  settle();
}

function settle() {
  const isEmpty = !at("list").children.length;
  at("more").hidden = !next && !isAway;
  at("more").textContent = isAway ? say("history.again") : say("history.more");
  at("tools").hidden = isEmpty;
  if (isEmpty && !at("said").textContent) tell(say("history.none"));
  document.body.setAttribute("aria-busy", "false");
}

function confirm(question, what) {
  deleting = what;
  at("question").textContent = question;
  at("sure").showModal();
}

function tell(text) {
  at("said").textContent = text;
}

at("sure").addEventListener("close", async () => {
  if (at("sure").returnValue !== "delete" || !deleting) return;
  at("sure").returnValue = "";
  tell(""); // the same words are only spoken again if they were removed in between
  const { run, said, items } = deleting; // by the time of the answer, the dialog may be about another one
  try {
    await run();
    const [first] = items;
    const neighbour = items.length === 1 ? (first.nextElementSibling ?? first.previousElementSibling) : null;
    for (const item of items) item.remove();
    tell(said);
    focusOn(neighbour); // the pressed button is gone: do not lose the focus
  } catch {
    tell(say("history.not_deleted"));
  }
  settle();
});

/** Focus the first thing to press in an item of the list, or the page's title if there is none. */
function focusOn(item) {
  (item?.querySelector(".actions > *") ?? at("title")).focus();
}

at("delete-all").addEventListener("click", () => {
  const items = [...at("list").children];
  const run = async () => {
    await server.removeAll();
    next = null;
  };
  confirm(say("history.delete_all"), { run, said: say("history.all_deleted"), items });
});

at("more").addEventListener("click", more);
addEventListener("online", () => isAway && more());
at("data-set").href = server.dataSet;
more();
loadAgain();
yieldToOthers();
