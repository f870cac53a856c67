// Pictures and files on their way to the sandbox, which runs on this machine and sends them nowhere.
// @ts-check
import { api } from "./api.js";
import { state } from "./store.js";

const MOST_BYTES = 8 * 1024 * 1024;
const THUMB_PX = 48;

/** @param {Blob} blob @returns {Promise<string>} */
function base64(blob) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => done(String(reader.result).replace(/^[^,]*,/, "")));
    reader.addEventListener("error", () => failed(reader.error));
    reader.readAsDataURL(blob);
  });
}

/** @param {HTMLCanvasElement} canvas @returns {Promise<Blob>} */
function jpeg(canvas) {
  return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture"))), "image/jpeg", 0.85));
}

/** @param {CanvasImageSource} source @param {number} width @param {number} height */
async function thumbnail(source, width, height) {
  const scale = THUMB_PX / Math.max(width, height);
  const small = document.createElement("canvas");
  [small.width, small.height] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  small.getContext("2d")?.drawImage(source, 0, 0, small.width, small.height);
  return base64(await jpeg(small));
}

/** @param {Blob} blob @returns {Promise<string>} the attachment's id */
async function upload(blob) {
  const made = await api.addFile(state.me, await base64(blob));
  return String(made.attachment_id);
}

/** A landscape that nobody has ever seen, as the data of a PLAIN_IMAGE. */
export async function samplePicture() {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [960, 640];
  const pen = canvas.getContext("2d");
  if (pen) {
    const sky = pen.createLinearGradient(0, 0, 0, 640);
    [["0", "#2b3a67"], ["0.55", "#e08d79"], ["1", "#f6d8ae"]].forEach(([at, color]) => sky.addColorStop(Number(at), color));
    pen.fillStyle = sky;
    pen.fillRect(0, 0, 960, 640);
    pen.fillStyle = "#fff3d6";
    pen.beginPath();
    pen.arc(640, 330, 70, 0, 7);
    pen.fill();
    [["#6b5b83", 330], ["#4a4869", 420], ["#2a3350", 510]].forEach(([color, top], layer) => {
      pen.fillStyle = String(color);
      pen.beginPath();
      pen.moveTo(0, 640);
      for (let x = 0; x <= 960; x += 8) pen.lineTo(x, Number(top) + Math.sin(x / (130 - layer * 25) + layer * 2) * 46 + Math.sin(x / 37) * 10);
      pen.lineTo(960, 640);
      pen.fill();
    });
  }
  const blob = await jpeg(canvas);
  return { attachment_id: await upload(blob), mime_type: "image/jpeg", width: 960, height: 640, size: blob.size,
    thumbnail: await thumbnail(canvas, 960, 640) };
}

/** @param {string} name @param {string} mime_type @param {string} text */
export async function sampleFile(name, mime_type, text) {
  const blob = new Blob([text]);
  return { attachment_id: await upload(blob), mime_type, size: blob.size, name };
}

/** A file of one's own as a message: a picture where the browser can show it, else a file.
 * @param {File} file @returns {Promise<{category: string, data: Record<string, unknown>}>}
 */
export async function ownFile(file) {
  if (!file.size || file.size > MOST_BYTES) throw new RangeError(String(file.size));
  const attachment_id = await upload(file);
  const mime_type = file.type || "application/octet-stream";
  const bitmap = /^image\/(png|jpeg|gif|webp)$/.test(mime_type) ? await createImageBitmap(file).catch(() => null) : null;
  if (!bitmap) return { category: "PLAIN_DATA", data: { attachment_id, mime_type, size: file.size, name: file.name.slice(0, 200) } };
  const { width, height } = bitmap;
  return { category: "PLAIN_IMAGE", data: { attachment_id, mime_type, width, height, size: file.size, thumbnail: await thumbnail(bitmap, width, height) } };
}

/** @type {Map<string, Promise<string>>} */
const pictures = new Map();

/** A picture that lies in the sandbox, as a data address; nothing where there is none to show.
 * @param {string} id @param {{key?: string, digest?: string}} [keys] if it is encrypted
 */
export function pictureOf(id, keys = {}) {
  let found = pictures.get(id);
  if (!found) {
    found = api.file(id, keys).then((file) => (file.picture ? `data:${file.picture};base64,${file.data_base64}` : ""), () => "");
    if (pictures.size > 60) pictures.clear();
    pictures.set(id, found);
  }
  return found;
}

/** Save a file that lies in the sandbox. @param {string} id @param {string} name @param {{key?: string, digest?: string}} [keys] */
export async function save(id, name, keys = {}) {
  const file = await api.file(id, keys);
  const bytes = Uint8Array.from(atob(file.data_base64), (one) => one.charCodeAt(0));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
