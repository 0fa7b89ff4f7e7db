// The server: the only module that talks to it. Paths and JSON forms are the HTTP API's.

const PATIENCE = 15_000; // milliseconds to wait for an answer
const LONG_PATIENCE = 300_000; // the same for a large answer
const SLOWEST = 20; // bytes a millisecond: the slowest line that is given the time to send all of a picture

/**
 * What went wrong. `status` is the HTTP status, or 0 if no answer came; `code`, `title` and `detail` are
 * the server's own (problem details, RFC 9457); `retryAfter` is in seconds.
 */
export class Problem extends Error {
  constructor({ status = 0, code = "", title = "", detail = "", retryAfter = null }) {
    super(detail || title || `HTTP ${status}`);
    Object.assign(this, { status, code, title, detail, retryAfter });
  }
}

/** A key that no other request has. (`crypto.randomUUID` is missing if the page comes without TLS.) */
export const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The server whose API begins at `base`. Each call throws a Problem if it fails. */
export function serverAt(base) {
  const preview = (drawing, include, given = null) => {
    const request = sending("POST", { ...drawing, include, record: false });
    // Older browsers cannot combine signals: there the request goes on until its timeout.
    if (given) request.signal = AbortSignal.any?.([request.signal, given]) ?? request.signal;
    return ask(`${base}predictions`, request);
  };
  return {
    /** Have a drawing, { ink } or { image }, read but not recorded; `given`, an AbortSignal, cancels it. */
    preview,

    /**
     * Have it read and recorded: once for each `key`, however often it is sent. If the browser takes no cookies, nobody
     * could find or delete it: then it is only read, and the answer is `cookieless`.
     */
    predict: (drawing, key, include) =>
      asVisitor(
        () => ask(`${base}predictions`, sending("POST", { ...drawing, include }, { "Idempotency-Key": key })),
        async () => ({ ...(await preview(drawing, include)), cookieless: true }),
      ),

    /** Say what a recorded drawing is: a digit, or "not-a-digit". */
    label: (id, label) => ask(`${base}predictions/${encodeURIComponent(id)}/label`, sending("PUT", { label })),

    /** The visitor's own predictions, newest first: { predictions, next, complete }. */
    mine: (limit, before) => ask(`${base}predictions?limit=${limit}${before ? `&before=${before}` : ""}`),

    /** The earlier ones most like one, each with its `similarity`: { predictions, complete }. */
    similar: (id, limit) => ask(`${base}predictions/${encodeURIComponent(id)}/similar?limit=${limit}`),

    /** Remove one, or all, for good. */
    remove: (id) => ask(`${base}predictions/${encodeURIComponent(id)}`, { method: "DELETE" }),
    removeAll: () => ask(`${base}predictions`, { method: "DELETE" }),

    /** The address of all of them with their drawings, as a data set, and that of one drawing's strokes. */
    dataSet: `${base}predictions/export`,
    strokesOf: (id) => `${base}predictions/${encodeURIComponent(id)}/ink.json`,

    /** The address of a prediction's drawing, as a picture. */
    pictureOf: (id) => `${base}predictions/${encodeURIComponent(id)}/image.png`,

    /** Begin a class: { code, key }. */
    beginClass: () => ask(`${base}classes`, { method: "POST" }),
  };
}

/** The class with this `code`, for those who draw, and with its `key` for the teacher. Calls throw Problems, too. */
export function classAt(base, code, key = "") {
  const drawings = `${base}classes/${encodeURIComponent(code)}/drawings`;
  const headers = { "Class-Key": key };
  return {
    /**
     * Add a drawing of the digit that was asked for: once for each key, however often it is sent. It is the class's, so
     * a browser without cookies can add it, too, but without this guarantee.
     */
    add({ key, asked, ink }) {
      const send = (headers) => ask(drawings, sending("POST", { asked, ink }, headers));
      return asVisitor(() => send({ "Idempotency-Key": key }), () => send({}));
    },

    /** Take one out, for anybody who knows its id. */
    remove: (id) => ask(`${drawings}/${encodeURIComponent(id)}`, { method: "DELETE" }),

    /** Somebody else is at this browser: become a new visitor, who finds nothing of the previous one. */
    passOn: () => ask(`${base}visitor`, { method: "POST" }),

    /** The latest drawings, newest first; only those newer than `after` come with ink. */
    wall: (after) => ask(`${drawings}${after ? `?after=${after}` : ""}`, { headers }),

    erase: () => ask(drawings, { method: "DELETE", headers }),

    /** All of them as a file, a Blob: "jsonl", "csv" or "zip". */
    dataSet: (kind) =>
      ask(
        `${base}classes/${encodeURIComponent(code)}/export.${kind}`,
        { headers, signal: AbortSignal.timeout(LONG_PATIENCE) },
        (answer) => answer.blob(),
      ),
  };
}

/**
 * What `asking` gives with a key, which is its visitor's own. If there was no cookie, the refusal sets one and `asking`
 * is called again; if the browser takes none, `otherwise` is.
 */
async function asVisitor(asking, otherwise) {
  const ifNobody = (next) => (problem) => {
    if (problem.code !== "bad-idempotency-key") throw problem;
    return next();
  };
  return asking().catch(ifNobody(asking)).catch(ifNobody(otherwise));
}

function sending(method, content, headers = {}) {
  const body = JSON.stringify(content);
  const signal = AbortSignal.timeout(PATIENCE + body.length / SLOWEST);
  return { method, headers: { "Content-Type": "application/json", ...headers }, body, signal };
}

async function ask(url, request = {}, content = (answer) => answer.json()) {
  let response;
  try {
    response = await fetch(url, {
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
      ...request,
    });
  } catch (error) {
    throw new Problem({ code: error.name === "TimeoutError" ? "no-answer" : "unreachable" });
  }
  if (response.status === 204) return null;
  const body = await (response.ok ? content(response) : response.json()).catch(() => null);
  if (response.ok && body) return body;
  // An answer that was cut off is none: the request may have been carried out, and is repeated with the same key.
  if (response.ok) throw new Problem({ code: "unreachable" });
  throw new Problem({
    ...body,
    status: response.status,
    retryAfter: Number.parseInt(response.headers.get("Retry-After"), 10) || null,
  });
}
