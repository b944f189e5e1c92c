/** Makes elements. Text goes in as text nodes only, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * `element("button", { type: "button", onclick: go, disabled: false }, "Go")`.
 * Functions become properties, true and false set and unset, everything else becomes an attribute.
 */
export function element(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, tag), attributes, children);
}

function furnish(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made[name] = value;
    else if (typeof value === "boolean") made.toggleAttribute(name, value);
    else if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Changes a text only when it differs, so that a live region does not speak twice. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Makes the children of `parent` one for each item, in order. An item's element is kept as long as its key
 * is there, so that focus stays where it is.
 */
export function syncList(parent, items, keyOf, make, update) {
  const kept = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let child = kept.get(key);
    kept.delete(key);
    if (child === undefined) {
      child = make(item);
      child.dataset.key = key;
    }
    update(child, item);
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
  for (const child of kept.values()) child.remove();
}

let labelled = 0;

/** A label over a field, with an optional hint below it. */
export function field(label, control, hint) {
  control.id ||= `field-${(labelled += 1)}`;
  const parts = [element("label", { for: control.id }, label), control];
  if (hint !== undefined) {
    const line = element("p", { class: "hint", id: `${control.id}-hint` }, hint);
    control.setAttribute("aria-describedby", line.id);
    parts.push(line);
  }
  return element("div", { class: "field" }, ...parts);
}
