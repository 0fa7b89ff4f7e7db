// A picture in place of a drawing: chosen, dropped or pasted, made small enough to send.

const LARGEST = 1024; // pixels: the longer side of what is sent; the network sees 28 of them
const LARGEST_PNG = 512; // the same for lossless compression: a megabyte at most
const HEAVIEST = 1_000_000; // bytes up to which a file is sent as it is
const AS_IT_IS = ["image/png", "image/jpeg"]; // what the server reads

const NO_PICTURE = { status: 415, code: "no-picture" };

/**
 * Call `taken(dataURL)` for each picture that is chosen in the file `input`, dropped or pasted, and `refused(problem)`
 * for any other file.
 */
export function takePictures(pad, input, { taken, refused }) {
  let turn = 0; // of several pictures the latest counts, whichever is opened first

  async function take(files) {
    const file = [...(files ?? [])].find(({ type }) => type.startsWith("image/"));
    if (!file && !files?.length) return;
    const mine = (turn += 1);
    const picture = await dataURL(file).catch(() => null);
    if (mine !== turn) return;
    if (picture) taken(picture);
    else refused(NO_PICTURE);
  }

  input.addEventListener("change", async () => {
    await take(input.files);
    input.value = ""; // the same file may be chosen again
  });

  document.addEventListener("paste", (event) => take(event.clipboardData?.files));

  // A file that misses the pad must not replace the page.
  document.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    pad.classList.toggle("over", pad.contains(event.target));
  });
  document.addEventListener("dragleave", () => pad.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    pad.classList.remove("over");
    take(event.dataTransfer.files);
  });
}

/** A file as a data URL that the server reads. Throws if this browser cannot open it as a picture. */
async function dataURL(file) {
  const bitmap = await createImageBitmap(file); // rotated as the camera was held
  const { width, height } = bitmap;
  if (AS_IT_IS.includes(file.type) && file.size <= HEAVIEST && Math.max(width, height) <= LARGEST) {
    return new Promise((done, fail) => {
      const reader = Object.assign(new FileReader(), { onload: () => done(reader.result), onerror: fail });
      reader.readAsDataURL(file);
    });
  }
  const smaller = painted(bitmap, LARGEST);
  // JPEG has no transparency, and light ink on nothing needs other paper than dark ink: the server knows which.
  const isOpaque = file.type === "image/jpeg" || hasNoHoles(smaller);
  return isOpaque ? smaller.toDataURL("image/jpeg", 0.92) : painted(bitmap, LARGEST_PNG).toDataURL("image/png");
}

/** A picture on a canvas whose longer side has at most `most` pixels. */
function painted(bitmap, most) {
  const share = Math.min(1, most / Math.max(bitmap.width, bitmap.height));
  const canvas = Object.assign(document.createElement("canvas"), {
    width: Math.max(1, Math.round(bitmap.width * share)),
    height: Math.max(1, Math.round(bitmap.height * share)),
  });
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function hasNoHoles(canvas) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  for (let at = 3; at < data.length; at += 4) if (data[at] < 255) return false;
  return true;
}
