// A post's tree (from `POST /_page/markdown`) as elements, and web addresses in plain text as links.
// @ts-check
import { el, icon } from "./dom.js";
import { t } from "./i18n.js";
import { inPopUp, mixinLink, openLink, webLink } from "./links.js";

/** @typedef {{t: string, v?: string, c?: Node_[], level?: number, start?: number, align?: string, href?: string, info?: string}} Node_ */

const PLAIN = { paragraph: "p", blockquote: "blockquote", bullet_list: "ul", list_item: "li", strong: "strong", em: "em",
  s: "s", thead: "thead", tbody: "tbody", tr: "tr" };

/** @type {Map<string, Promise<Node_[]>>} */
const trees = new Map();

/** @param {string} markdown @returns {Promise<Node_[]>} parsed once for each text; an error leaves the plain text */
export function parsed(markdown) {
  let tree = trees.get(markdown);
  if (!tree) {
    tree = fetch("/_page/markdown", { method: "POST", headers: { "Content-Type": "text/plain" }, body: markdown })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
      .then((body) => body.tree)
      .catch(() => {
        trees.delete(markdown);
        return [{ t: "code", v: markdown, info: "" }];
      });
    if (trees.size > 300) trees.clear();
    trees.set(markdown, tree);
  }
  return tree;
}

/** @param {Node_[]} nodes @returns {Node[]} */
export function build(nodes) {
  return nodes.map(node);
}

/** @param {Node_} part @returns {Node} */
function node(part) {
  const inside = () => build(part.c ?? []);
  switch (part.t) {
    case "text":
      return fragment(linked(part.v ?? ""));
    case "softbreak":
      return document.createTextNode("\n");
    case "hardbreak":
      return el("br");
    case "hr":
      return el("hr");
    case "code_inline":
      return el("code", {}, part.v ?? "");
    case "code":
      return el("pre", { tabindex: "0" }, el("code", {}, part.v ?? ""));
    case "heading":
      return el(`h${Math.min(6, (part.level ?? 1) + 2)}`, { class: `h${part.level}` }, ...inside());
    case "ordered_list":
      return el("ol", { start: part.start === 1 ? null : part.start }, ...inside());
    case "table":
      return el("div.table", { tabindex: "0" }, el("table", {}, ...inside()));
    case "th":
    case "td":
      return el(part.t, { class: ["center", "right"].includes(part.align ?? "") ? part.align : null }, ...inside());
    case "link":
      return link(part.href ?? "", inside());
    case "image":
      return el("span.not-loaded", { title: part.href }, icon("image"), t("post.image", { name: part.v || part.href || "" }));
    default: {
      const tag = PLAIN[/** @type {keyof typeof PLAIN} */ (part.t)];
      return tag ? el(tag, {}, ...inside()) : el("span", {}, part.v ?? "", ...inside());
    }
  }
}

/** @param {string} href @param {Node[]} inside */
function link(href, inside) {
  if (mixinLink(href)) return el("button.text-link", { title: href, on: { click: () => void openLink(href) } }, ...inside);
  const address = webLink(href);
  if (address) return el("a", { href: address, target: "_blank", rel: "noopener noreferrer", on: { click: inPopUp } }, ...inside);
  return el("span.inert-link", { title: href }, ...inside);
}

/** Plain text with its web addresses, and the addresses of Mixin itself, as links. @param {string} text @returns {Node[]} */
export function linked(text) {
  const made = [];
  let at = 0;
  for (const found of text.matchAll(/(?:https?|mixin):\/\/[^\s<>"'，。、）)\]]+/gi)) {
    const address = found[0].replace(/[.,;:!?]+$/, "");
    if (!webLink(address) && !mixinLink(address)) continue;
    made.push(document.createTextNode(text.slice(at, found.index)), link(address, [document.createTextNode(address)]));
    at = found.index + address.length;
  }
  return [...made, document.createTextNode(text.slice(at))];
}

/** @param {Node[]} nodes */
function fragment(nodes) {
  const made = document.createDocumentFragment();
  made.append(...nodes);
  return made;
}
