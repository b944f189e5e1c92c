/**
 * Axial hexes on a plane, flat-topped and pointy-topped; the same arithmetic as projections/hex_geometry.py. A hex is
 * [q, r], a point [x, y]. A length of 1 is from a hex's centre to its corner, x grows to the right and y downwards.
 * (Formulas: redblobgames.com/grids/hexagons)
 */

const ROOT_3 = Math.sqrt(3);

/** x = a q + b r, y = c q + d r */
const TO_PLANE = {
  flat: [1.5, 0, ROOT_3 / 2, ROOT_3],
  pointy: [ROOT_3, ROOT_3 / 2, 0, 1.5],
};
/** Off the border between two hexes, so that a line along it does not jump from one side to the other. */
const NUDGE = [1e-6, 2e-6];

/** "q,r" to [q, r]. */
export function parseKey(key) {
  const comma = key.indexOf(",");
  return [Number(key.slice(0, comma)), Number(key.slice(comma + 1))];
}

/** [q, r] to "q,r". */
export function formatKey([q, r]) {
  return `${q},${r}`;
}

/** The middle of a hex. */
export function centerOf([q, r], orientation) {
  const [a, b, c, d] = TO_PLANE[orientation];
  return [a * q + b * r, c * q + d * r];
}

/** The six corners around the middle. */
export function cornersOf(orientation) {
  const first = orientation === "flat" ? 0 : Math.PI / 6;
  return Array.from({ length: 6 }, (_, corner) => {
    const angle = first + (corner * Math.PI) / 3;
    return [Math.cos(angle), Math.sin(angle)];
  });
}

/** The hex that a point lies in. */
export function hexAt([x, y], orientation) {
  const [a, b, c, d] = TO_PLANE[orientation];
  const determinant = a * d - b * c;
  return nearest((d * x - b * y) / determinant, (a * y - c * x) / determinant);
}

/** Steps from hex to hex. */
export function distance([q1, r1], [q2, r2]) {
  const [q, r] = [q1 - q2, r1 - r2];
  return Math.max(Math.abs(q), Math.abs(r), Math.abs(q + r));
}

/** The hexes on the straight line, both ends included; each touches the one before. */
export function lineBetween(start, end) {
  const steps = distance(start, end);
  const at = (step, axis) => start[axis] + NUDGE[axis] + ((end[axis] - start[axis]) * step) / Math.max(steps, 1);
  return Array.from({ length: steps + 1 }, (_, step) => nearest(at(step, 0), at(step, 1)));
}

/** All hexes at most `radius` steps away: 1 + 3 radius (radius + 1) of them. */
export function within([q0, r0], radius) {
  const hexes = [];
  for (let q = -radius; q <= radius; q += 1) {
    const last = Math.min(radius, radius - q);
    for (let r = Math.max(-radius, -q - radius); r <= last; r += 1) hexes.push([q0 + q, r0 + r]);
  }
  return hexes;
}

/**
 * One after the other the hexes whose centres lie in the upright box between two of its corners, column by column or
 * row by row.
 */
export function* inBox([x1, y1], [x2, y2], orientation) {
  const [left, right, top, bottom] = [Math.min(x1, x2), Math.max(x1, x2), Math.min(y1, y2), Math.max(y1, y2)];
  if (orientation === "flat") {
    for (const q of whole(left / 1.5, right / 1.5)) {
      for (const r of whole(top / ROOT_3 - q / 2, bottom / ROOT_3 - q / 2)) yield [q, r];
    }
  } else {
    for (const r of whole(top / 1.5, bottom / 1.5)) {
      for (const q of whole(left / ROOT_3 - r / 2, right / ROOT_3 - r / 2)) yield [q, r];
    }
  }
}

/** The whole numbers from `least` to `most`; never -0, which is no number to write into a key. */
function* whole(least, most) {
  for (let number = Math.ceil(least) + 0; number <= most; number += 1) yield number;
}

/** Rounds so that q + r + s = 0 holds: the coordinate that moved most follows from the other two. */
function nearest(q, r) {
  const s = -q - r;
  const [q0, r0, s0] = [Math.floor(q + 0.5), Math.floor(r + 0.5), Math.floor(s + 0.5)];
  const [dq, dr, ds] = [Math.abs(q0 - q), Math.abs(r0 - r), Math.abs(s0 - s)];
  if (dq > dr && dq > ds) return [0 - r0 - s0, r0];
  if (dr > ds) return [q0, 0 - q0 - s0];
  return [q0, r0];
}

/**
 * The hex next to this one, `right` and `down` being -1, 0 or 1. Across the grain it zigzags, so that going on
 * in one direction stays level, and going back leads back.
 */
export function stepFrom([q, r], right, down, orientation) {
  if (orientation === "flat") {
    return right === 0 ? [q, r + down] : [q + right, r + zigzag(q, right)];
  }
  return down === 0 ? [q + right, r] : [q + zigzag(r, down), r + down];
}

function zigzag(line, direction) {
  const odd = (line & 1) === 1;
  if (direction > 0) return odd ? -1 : 0;
  return odd ? 0 : 1;
}
