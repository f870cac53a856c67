// The devices of a person, each with a key of its own, and whether the bot wants to be written to encrypted.
// @ts-check
import { refreshState, words } from "./actions.js";
import { api } from "./api.js";
import { el, icon, openDialog } from "./dom.js";
import { select, tickBox } from "./forms.js";
import { t } from "./i18n.js";
import { person, state } from "./store.js";
import { toast } from "./toast.js";

/** @param {string} id a person's */
export async function openDevices(id) {
  const list = el("ul.devices", { id: "devices" });
  const platform = select(t("devices.platform"), [["Android", "Android"], ["iOS", "iOS"], ["Desktop", "Desktop"]], "Desktop");
  const keyless = tickBox(t("devices.keyless"), false);
  const add = el("button.plain-button", { on: { click: () => void change(api.addDevice(id, { platform: platform.input.value, keyless: keyless.input.checked })) } }, icon("plus"), t("devices.add"));
  openDialog(t("devices.title", { name: person(id).full_name }), { closeLabel: t("close") },
    el("p.facts", {}, t("devices.note")), list, el("div.fields", {}, platform.label, keyless.label, el("div.dialog-actions", {}, add)));
  await change(api.devices(id));

  /** @param {Promise<any[]>} done gives the devices there are now */
  async function change(done) {
    try {
      draw(await done);
    } catch (error) {
      toast(words(error));
    }
  }

  /** @param {any[]} devices */
  function draw(devices) {
    list.replaceChildren(...(devices.length ? devices.map(row) : [el("li.empty", {}, t("devices.none"))]));
  }

  /** @param {any} device @param {number} index */
  function row(device, index) {
    const name = device.platform || t("devices.some");
    return el("li", { data: { session: device.session_id } }, icon("device"),
      el("span.tile-text", {}, el("strong", {}, name, " ", index ? null : el("span.badge", {}, t("devices.first"))),
        el("span.facts", {}, device.public_key ? device.session_id : t("devices.noKey"))),
      el("button.icon-button", { "aria-label": t("devices.rotate", { name }), title: t("devices.rotate", { name }), on: { click: () => void change(api.rotateDevice(id, device.session_id)) } }, icon("again")),
      el("button.icon-button", { "aria-label": t("devices.remove", { name }), title: t("devices.remove", { name }), on: { click: () => void change(api.removeDevice(id, device.session_id)) } }, icon("close")));
  }
}

/** In the bot's profile: as the owner would in the dashboard. */
export function encryptionSwitch() {
  return tickBox(t("encryption.switch"), Boolean(state.bot?.encrypted), (wanted) => {
    api.encrypt(wanted).then(refreshState, (error) => toast(words(error)));
  }).label;
}
