// The rows of the home page, as templates/rows.html has them. Text is set as text: nothing here parses HTML.

import { duration, elapsed } from "./words.js";

/** An element with `attributes` and `children` (elements, or strings as text; null is left out). */
export function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== null) made.setAttribute(attribute, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

export function changeRow(line, now) {
  const paths = line.action === "updated" ? line.paths.flatMap((path) => [" ", element("code", {}, path)]) : [];
  const more = line.action === "updated" && line.hiddenPaths ? [" ", quiet(`and ${line.hiddenPaths} more`)] : [];
  return element("tr", { "data-key": String(line.sequence) },
    element("td", { class: "entity" }, element("a", { href: line.address }, ...named(line.entityRef))),
    element("td", { class: "what" }, word(line.action), ...paths, ...more),
    element("td", { class: "commit" },
      line.commit === null ? null : element("code", { title: line.commit }, line.commit.slice(0, 7)),
      line.author === null ? null : " ",
      line.author === null ? null : element("span", { class: "author" }, line.author)),
    element("td", { class: "took end" }, duration(line.milliseconds)),
    when(line.at, now));
}

export function deliveryRow(line, now) {
  const address = `api/cuelight/v1/deliveries/${encodeURIComponent(line.id)}`;
  return element("tr", { "data-key": `${line.id} ${line.state}` },
    element("td", { class: "event" }, element("a", { href: address }, line.event), " ", quiet(line.integration)),
    element("td", { class: "subject" }, line.subject ?? ""),
    element("td", { class: "what" }, word(line.state),
      line.reason === null ? null : " ",
      line.reason === null ? null : element("span", { class: "reason", title: line.reason }, line.reason)),
    when(line.at, now));
}

export function problemRow(line, now) {
  // The server gives a link only where it is a web address.
  const place = line.link === null
    ? (line.place ?? "")
    : element("a", { href: line.link, rel: "noreferrer noopener" }, line.place);
  return element("tr", { "data-key": `${line.key} ${line.since}` },
    element("td", { class: "entity" }, ...named(line.entityRef)),
    element("td", { class: "what" }, word(line.level), " ", line.message),
    element("td", { class: "place" }, place),
    when(line.since, now));
}

/** A ref, whose kind and namespace step back behind its name. */
function named(ref) {
  const end = ref.lastIndexOf("/") + 1;
  return [element("span", { class: "prefix" }, ref.slice(0, end)), element("wbr", {}), ref.slice(end)];
}

function word(text) {
  return element("span", { class: "word", "data-word": text }, text);
}

function quiet(text) {
  return element("span", { class: "quiet" }, text);
}

function when(instant, now) {
  return element("td", { class: "when end" },
    element("time", { datetime: instant, title: instant }, elapsed(instant, now)));
}
