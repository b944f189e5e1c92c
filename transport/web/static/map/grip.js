/** The hand at work: which one it is, and the stroke that it is drawing or would draw. */

import { formatKey } from "./hexes.js";
import { IDLE_HAND } from "./idle-hand.js";

export class Grip {
  /** Drawn now, or what a press here would cover; null if neither. */
  stroke = null;
  /** Whether it is being drawn. */
  isPressed = false;

  #hand = IDLE_HAND;
  #scene;
  #camera;
  #onChange;

  /** `onChange()` is called when the stroke looks different. */
  constructor(scene, camera, onChange) {
    this.#scene = scene;
    this.#camera = camera;
    this.#onChange = onChange;
  }

  /** What the stroke will do, in words; "" if there is none. */
  get says() {
    return this.isPressed ? this.#hand.describe(this.stroke) : "";
  }

  take(hand) {
    this.cancel();
    this.#hand = hand;
  }

  /** A press at a point of the screen. Returns whether it begins a stroke. */
  begin(point, isBox) {
    this.stroke = this.#hand.begin(isBox, this.#scene);
    this.isPressed = this.stroke !== null;
    this.goOn(point);
    return this.isPressed;
  }

  goOn(point) {
    // A key may have cancelled it while the button is still down.
    if (!this.isPressed) return;
    this.stroke.moveTo(this.#camera.toPlane(point));
    this.#onChange();
  }

  end() {
    const { stroke, isPressed } = this;
    this.cancel();
    if (isPressed) this.#hand.end(stroke);
  }

  cancel() {
    this.stroke = null;
    this.isPressed = false;
    this.#onChange();
  }

  /** Shows what a press here would cover. */
  hover(point) {
    this.stroke = this.#hand.begin(false, this.#scene);
    this.stroke?.moveTo(this.#camera.toPlane(point));
    this.#onChange();
  }

  /** The keyboard's way: a stroke on one hex, or a choice of it. */
  useOn(hex, middle) {
    const stroke = this.#hand.begin(false, this.#scene);
    stroke?.moveTo(middle);
    if (stroke === null) this.choose(hex, true);
    else this.#hand.end(stroke);
  }

  choose(hex, isMore) {
    this.#hand.choose(formatKey(hex), isMore);
  }

  /** The Escape key: drops the stroke, or what is in hand. */
  letGo() {
    if (this.isPressed) this.cancel();
    else this.#hand.letGo();
  }
}
