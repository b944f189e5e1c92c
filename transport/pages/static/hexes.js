/**
 * Axial hexes on a plane, flat-topped and pointy-topped. A length of 1 is from a hex's centre to its corner,
 * x grows to the right and y downwards. (Formulas: redblobgames.com/grids/hexagons)
 */

const ROOT_3 = Math.sqrt(3);

/** x = a q + b r, y = c q + d r */
const TO_PLANE = {
  flat: [1.5, 0, ROOT_3 / 2, ROOT_3],
  pointy: [ROOT_3, ROOT_3 / 2, 0, 1.5],
};

/** "q,r" to [q, r]. */
export function parseKey(key) {
  const [q, r] = key.split(",");
  return [Number(q), Number(r)];
}

/** [q, r] to "q,r". */
export function formatKey(q, r) {
  return `${q},${r}`;
}

/** The middle of a hex as [x, y]. */
export function centerOf(q, r, orientation) {
  const [a, b, c, d] = TO_PLANE[orientation];
  return [a * q + b * r, c * q + d * r];
}

/** The six corners as [x, y] around the middle. */
export function cornersOf(orientation) {
  const first = orientation === "flat" ? 0 : Math.PI / 6;
  return Array.from({ length: 6 }, (_, corner) => {
    const angle = first + (corner * Math.PI) / 3;
    return [Math.cos(angle), Math.sin(angle)];
  });
}

/** The key of the hex that a point lies in. */
export function hexAt(x, y, orientation) {
  const [a, b, c, d] = TO_PLANE[orientation];
  const determinant = a * d - b * c;
  return nearest((d * x - b * y) / determinant, (a * y - c * x) / determinant);
}

/** Rounds so that q + r + s = 0 holds: the coordinate that moved most follows from the other two. */
function nearest(q, r) {
  const s = -q - r;
  const [q0, r0, s0] = [Math.round(q), Math.round(r), Math.round(s)];
  const [dq, dr, ds] = [Math.abs(q0 - q), Math.abs(r0 - r), Math.abs(s0 - s)];
  if (dq > dr && dq > ds) return formatKey(-r0 - s0, r0);
  if (dr > ds) return formatKey(q0, -q0 - s0);
  return formatKey(q0, r0);
}

/**
 * The hex next to this one, `right` and `down` being -1, 0 or 1. Across the grain it zigzags, so that going on
 * in one direction stays level, and going back leads back.
 */
export function stepFrom(q, r, right, down, orientation) {
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
