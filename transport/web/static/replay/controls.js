/** The buttons under the map: back and on by event, minute and mark, play and pause, and how fast. */

import { element, field, setText } from "../parts/dom.js";
import { WORDS } from "../words.js";
import { SPEEDS } from "./playhead.js";

const words = WORDS.replay;
const MINUTE = 60;

/** `marks()` gives the marks of the session. `keys` of the result are the shortcuts for the same. */
export function makeControls(playhead, marks) {
  const actions = {
    begin: () => playhead.goTo(0),
    markBack: () => toMark(-1),
    minuteBack: () => playhead.jump(-MINUTE),
    back: () => playhead.step(-1),
    on: () => playhead.step(1),
    minuteOn: () => playhead.jump(MINUTE),
    markOn: () => toMark(1),
    end: () => playhead.goTo(Infinity),
  };
  const made = Object.fromEntries(Object.entries(actions).map(([name, act]) => [name, makeButton(name, act)]));
  const play = element("button", { type: "button", class: "primary play", onclick: () => playhead.toggle() });
  const speed = element("select", {}, ...SPEEDS.map((times) => element("option", { value: times }, words.times(times))));
  speed.onchange = () => (playhead.speed = Number(speed.value));
  const pace = field(words.speed, speed);
  pace.classList.add("inline");

  function toMark(direction) {
    const places = marks().map(({ place }) => place);
    const next = direction > 0 ? places.find((at) => at > playhead.place) : places.findLast((at) => at < playhead.place);
    playhead.goTo(next ?? (direction > 0 ? Infinity : 0));
  }

  function update() {
    setText(play, playhead.isPlaying ? words.pause : words.play);
    play.setAttribute("aria-keyshortcuts", "Space");
    speed.value = playhead.speed;
    for (const name of ["begin", "markBack", "minuteBack", "back"]) made[name].disabled = playhead.place === 0;
    for (const name of ["on", "minuteOn", "markOn", "end"]) made[name].disabled = playhead.isAtEnd;
  }

  const keys = {
    " ": () => playhead.toggle(),
    ArrowLeft: actions.back,
    ArrowRight: actions.on,
    "Shift+ArrowLeft": actions.minuteBack,
    "Shift+ArrowRight": actions.minuteOn,
    "[": actions.markBack,
    "]": actions.markOn,
    Home: actions.begin,
    End: actions.end,
  };
  const { begin, markBack, minuteBack, back, on, minuteOn, markOn, end } = made;
  const buttons = element("div", { class: "buttons" }, begin, markBack, minuteBack, back, play, on, minuteOn, markOn, end);
  return { element: element("div", { class: "controls" }, buttons, pace), keys, update };
}

function makeButton(name, act) {
  const { sign, label } = words.buttons[name];
  return element("button", { type: "button", class: "small", "aria-label": label, title: label, onclick: act }, sign);
}
