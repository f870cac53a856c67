// How the page looks and listens to keys; kept for this origin.
// @ts-check
import { api } from "./api.js";
import { el, openDialog } from "./dom.js";
import { radios, tickBox } from "./forms.js";
import { currentLanguage, t } from "./i18n.js";
import { lettersOn, setLetters } from "./shortcuts.js";
import { chosenTheme, contrastOn, setContrast, setTheme } from "./theme_switch.js";

const LEGACY = ["works", "gone", "forbidden", "empty"];

/** What has become of /assets, /snapshots and /network, which Mixin documents no more; the sandbox remembers it for this run. */
function olderApi() {
  const place = el("div", {});
  const draw = (/** @type {string} */ now) => place.replaceChildren(radios(t("settings.legacy"), "legacy",
    LEGACY.map((one) => [one, t(`settings.legacy.${one}`)]), now, (wanted) => void api.settings({ legacy: wanted })));
  api.settings({}).then((now) => draw(now.legacy), () => undefined);
  return place;
}

/** @param {(language: string) => Promise<void>} switchLanguage */
export function openSettings(switchLanguage) {
  const dialog = openDialog(t("settings.title"), { closeLabel: t("close") },
    radios(t("settings.theme"), "theme", [["auto", t("theme.auto")], ["light", t("theme.light")], ["dark", t("theme.dark")]], chosenTheme(), setTheme),
    radios(t("settings.language"), "language", [["en", "English"], ["zh", "中文"]], currentLanguage(), (value) => {
      void switchLanguage(value).then(() => {
        dialog.close();
        openSettings(switchLanguage);
      });
    }),
    tickBox(t("settings.contrast"), contrastOn(), setContrast).label,
    tickBox(t("shortcuts.letters"), lettersOn(), setLetters).label,
    olderApi());
}
