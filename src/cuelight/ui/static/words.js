// Values as a person reads them; cuelight.ui.words says the same on the server.

const UNITS = [[86400, "d"], [3600, "h"], [60, "min"]];

/** How long ago `instant` (ISO 8601) was at `now` (milliseconds since the epoch). */
export function elapsed(instant, now) {
  const seconds = Math.floor((now - Date.parse(instant)) / 1000);
  if (seconds < 2) return "just now";
  for (const [size, unit] of UNITS) {
    if (seconds >= size) return `${Math.floor(seconds / size)} ${unit} ago`;
  }
  return `${seconds} s ago`;
}

/** `milliseconds` in the unit that needs the fewest digits. */
export function duration(milliseconds) {
  if (milliseconds === null) return "—";
  if (milliseconds < 1000) return `${Math.max(1, Math.round(milliseconds))} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const [size, unit] = UNITS.find(([size]) => seconds >= size);
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** A count with its thousands told apart. */
export function number(count) {
  return count.toLocaleString("en-US");
}
