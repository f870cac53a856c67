// Comfort only: remembers who you are in the messenger, goes on by itself once the phone has decided, closes what is done.
// @ts-check

const who = /** @type {HTMLSelectElement | null} */ (document.querySelector("select[data-remember]"));
const kept = localStorage.getItem("sandbox.me");
if (who && kept && [...who.options].some((one) => one.value === kept)) who.value = kept;

const query = new URLSearchParams(location.search);
const chosen = localStorage.getItem("sandbox.language");
const shown = document.documentElement.dataset.language;
if ((chosen === "en" || chosen === "zh") && !query.has("lang") && chosen !== shown && !document.querySelector("[role=alert]")) {
  query.set("lang", chosen);
  location.replace(`${location.pathname}?${query}`);
}

if (document.querySelector("[data-close]")) window.close();

const waiting = /** @type {HTMLElement | null} */ (document.querySelector("#waiting"));
if (waiting) {
  waiting.hidden = false;
  const look = async () => {
    const answer = await fetch(waiting.dataset.state ?? "").then((one) => one.json(), () => ({ to: "" }));
    if (answer.to) location.replace(answer.to);
    else setTimeout(() => void look(), 1000);
  };
  setTimeout(() => void look(), 1000);
}
