// The server: the only module that talks to it. Paths and JSON forms are the HTTP API's.

const PATIENCE = 15_000; // milliseconds until an answer is given up
const LONG_PATIENCE = 300_000; // the same where much is asked for
const SLOWEST = 20; // bytes a millisecond: of a line that is waited for until all of a picture is through

/**
 * What went wrong. `status` is the HTTP status, or 0 where no answer came; `code`, `title` and `detail` are
 * the server's own (problem details, RFC 9457); `retryAfter` is in seconds.
 */
export class Problem extends Error {
  constructor({ status = 0, code = "", title = "", detail = "", retryAfter = null }) {
    super(detail || title || `HTTP ${status}`);
    Object.assign(this, { status, code, title, detail, retryAfter });
  }
}

/** A key that no other request has. (`crypto.randomUUID` is missing where the page comes without TLS.) */
export const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The server whose API begins at `base`. Each call throws a Problem where it does not succeed. */
export function serverAt(base) {
  const preview = (drawing, include, given = null) => {
    const request = sending("POST", { ...drawing, include, record: false });
    // Older browsers cannot do both: there it goes on until its time is over.
    if (given) request.signal = AbortSignal.any?.([request.signal, given]) ?? request.signal;
    return ask(`${base}predictions`, request);
  };
  return {
    /** Have a drawing read, { ink } or { image }, and nothing recorded; `given`, an AbortSignal, gives it up. */
    preview,

    /**
     * Have it read and recorded: once for each `key`, however often it is sent. Where the browser takes no cookies nobody
     * could find or delete it: then it is only read, and the answer is `cookieless`.
     */
    predict: (drawing, key, include) =>
      asVisitor(
        () => ask(`${base}predictions`, sending("POST", { ...drawing, include }, { "Idempotency-Key": key })),
        async () => ({ ...(await preview(drawing, include)), cookieless: true }),
      ),

    /** Say what a recorded drawing is: a digit, or "not-a-digit". */
    label: (id, label) => ask(`${base}predictions/${encodeURIComponent(id)}/label`, sending("PUT", { label })),

    /** The visitor's own, newest first: { predictions, next, complete }. */
    mine: (limit, before) => ask(`${base}predictions?limit=${limit}${before ? `&before=${before}` : ""}`),

    /** The earlier ones most like one, each with its `similarity`: { predictions, complete }. */
    similar: (id, limit) => ask(`${base}predictions/${encodeURIComponent(id)}/similar?limit=${limit}`),

    /** Remove one, or all, for good. */
    remove: (id) => ask(`${base}predictions/${encodeURIComponent(id)}`, { method: "DELETE" }),
    removeAll: () => ask(`${base}predictions`, { method: "DELETE" }),

    /** Where all of them are with their drawings, as a data set, and where the strokes of one are. */
    dataSet: `${base}predictions/export`,
    strokesOf: (id) => `${base}predictions/${encodeURIComponent(id)}/ink.json`,

    /** Where the drawing of a prediction is, as a picture. */
    pictureOf: (id) => `${base}predictions/${encodeURIComponent(id)}/image.png`,

    /** Begin a class: { code, key }. */
    beginClass: () => ask(`${base}classes`, { method: "POST" }),
  };
}

/** The class of `code`, for those who draw, and with its `key` for whoever teaches. Each call throws a Problem, as above. */
export function classAt(base, code, key = "") {
  const drawings = `${base}classes/${encodeURIComponent(code)}/drawings`;
  const headers = { "Class-Key": key };
  return {
    /**
     * Add a drawing of the digit that was asked for: once for each key, however often it is sent. It is the class's, so
     * that a browser without cookies adds it, too, only without this promise.
     */
    add({ key, asked, ink }) {
      const send = (headers) => ask(drawings, sending("POST", { asked, ink }, headers));
      return asVisitor(() => send({ "Idempotency-Key": key }), () => send({}));
    },

    /** Take one out, for whoever knows its id. */
    remove: (id) => ask(`${drawings}/${encodeURIComponent(id)}`, { method: "DELETE" }),

    /** Somebody else is at this browser: a new visitor, who finds nothing of the one before. */
    passOn: () => ask(`${base}visitor`, { method: "POST" }),

    /** The latest, newest first; those with ink that are newer than `after`. */
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
 * What `asking` gives with a key, which is its visitor's own. Where there was no cookie the refusal brings one, and it is
 * asked again; where the browser takes none, `otherwise` is.
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
  // An answer that was cut off is none: what was asked for may be done, and is asked for again under the same key.
  if (response.ok) throw new Problem({ code: "unreachable" });
  throw new Problem({
    ...body,
    status: response.status,
    retryAfter: Number.parseInt(response.headers.get("Retry-After"), 10) || null,
  });
}
