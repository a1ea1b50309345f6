"use strict";
// Plays the cases in class: a conversation that follows the sound, and stops where there is something to discuss.
// All text is put in as text; the page asks for nothing but the sounds that lie beside it.

const calls = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const sound = $("sound");
const NAMES = { agent: "客服", customer: "来电人", unknown: "说话人", system: "系统" };
const REWIND = 12;

let call = null;
let source = null; // {file, start, end}: start is where in the call its first second lies
let stopped = -1; // the stop point that is being discussed
let passed = 0; // call time up to which stop points have been met
let drawn = -1;

function make(tag, name, text) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return Math.floor(whole / 60) + ":" + String(whole % 60).padStart(2, "0");
}

const now = () => (source ? source.start : 0) + sound.currentTime;
const isOn = (button) => button.getAttribute("aria-pressed") === "true";
const revealed = () => document.body.classList.contains("revealed");

function press(button, on) {
  button.setAttribute("aria-pressed", String(on));
}

// ---------- cover and stage

function open(index) {
  call = calls[index];
  $("cover").hidden = true;
  $("stage").hidden = false;
  $("name").textContent = "案例" + call.letter;
  $("facts").textContent = [call.kind, call.queue, call.agent].filter(Boolean).join(" · ");
  const select = $("source");
  select.replaceChildren(...call.sources.map((each, i) => {
    const option = make("option", "", each.name);
    option.value = String(i);
    return option;
  }));
  drawTalk();
  drawPoints();
  drawLacks();
  play(0);
  sound.pause();
  $("talk").focus();
}

function cover() {
  sound.pause();
  call = null;
  $("stage").hidden = true;
  $("cover").hidden = false;
  document.querySelector(".card").focus();
}

function play(index) {
  source = call.sources[index] || { file: "", start: 0, end: call.duration };
  $("source").value = String(index);
  if (source.file) sound.src = source.file;
  else sound.removeAttribute("src");
  passed = source.start;
  drawn = -1;
  drawTrack();
  follow();
}

function drawTalk() {
  const talk = $("talk");
  talk.replaceChildren(...call.lines.map((line, i) => {
    const row = make("p", "line " + line.role);
    row.dataset.line = String(i);
    row.append(make("span", "who", NAMES[line.role] + " " + clock(line.start)), said(line));
    row.addEventListener("click", () => seek(line.start));
    return row;
  }));
}

function said(line) {
  const out = make("span", "said");
  let at = 0;
  const put = (parent, text) => {
    for (const piece of text.split(/(〔[^〔〕]{1,4}〕)/)) {
      if (!piece) continue;
      parent.append(piece.startsWith("〔") ? make("span", "mask", piece) : piece);
    }
  };
  for (const mark of line.marks) {
    put(out, line.text.slice(at, mark.start));
    const element = make("mark", mark.tone);
    element.dataset.title = mark.title;
    put(element, line.text.slice(mark.start, mark.end));
    out.append(element);
    at = mark.end;
  }
  put(out, line.text.slice(at));
  return out;
}

function answer(point) {
  const out = make("span", "answer");
  out.append(make("span", "", point.advice));
  if (point.suggest) out.append(make("span", "instead", "可以说：" + point.suggest));
  return out;
}

function drawPoints() {
  $("points").replaceChildren(...call.stops.map((point, i) => {
    const item = make("li");
    const button = make("button");
    button.type = "button";
    button.dataset.point = String(i);
    button.append(make("span", "time", clock(point.start)), make("span", "", point.question));
    button.append(make("span", "title tone-" + point.tone, point.title + (point.points ? "　" + point.points : "")), answer(point));
    button.addEventListener("click", () => toPoint(i));
    item.append(button);
    return item;
  }));
}

function drawLacks() {
  $("lacks").hidden = call.lacks.length === 0;
  $("lacks").querySelector("ul").replaceChildren(...call.lacks.map((lack) => make("li", "", lack)));
}

function drawTrack() {
  const length = source.end - source.start;
  const lanes = $("lanes");
  lanes.setAttribute("viewBox", "0 0 " + length + " 2");
  const rect = (start, end, lane, name) => {
    const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const from = Math.max(0, start - source.start);
    const to = Math.min(length, end - source.start);
    if (to <= from) return;
    box.setAttribute("x", from);
    box.setAttribute("width", to - from);
    box.setAttribute("y", lane === 0 ? 0.25 : 1.1);
    box.setAttribute("height", 0.65);
    box.setAttribute("class", name);
    lanes.append(box);
  };
  lanes.replaceChildren();
  for (const line of call.lines) rect(line.start, line.end, line.role === "customer" ? 1 : 0, line.role);
  for (const [start, end] of call.gaps) { rect(start, end, 0, "gap"); rect(start, end, 1, "gap"); }
  $("flags").replaceChildren(...call.stops.map((point, i) => {
    const flag = make("i", point.tone);
    flag.dataset.flag = String(i);
    flag.style.left = (100 * (point.at - source.start)) / length + "%";
    flag.hidden = point.at < source.start || point.at > source.end;
    return flag;
  }));
  $("track").setAttribute("aria-valuemax", String(Math.round(length)));
}

// ---------- time

function follow() {
  const time = now();
  const length = source.end - source.start;
  $("clock").textContent = clock(time) + " / " + clock(source.end);
  $("head").style.left = Math.min(100, (100 * (time - source.start)) / length) + "%";
  $("track").setAttribute("aria-valuenow", String(Math.round(time - source.start)));
  $("track").setAttribute("aria-valuetext", clock(time));
  let current = -1;
  call.lines.forEach((line, i) => {
    if (line.start <= time + 0.05) current = i;
  });
  if (current !== drawn) {
    document.querySelectorAll(".line").forEach((row, i) => {
      row.classList.toggle("now", i === current);
      row.classList.toggle("heard", i < current);
    });
    const row = document.querySelector(".line.now");
    if (row) {
      const talk = $("talk");
      talk.scrollTop = row.offsetTop - talk.offsetTop - talk.clientHeight * 0.4;
    }
    drawn = current;
  }
  const next = call.stops.findIndex((point) => point.at > time);
  document.querySelectorAll("#points button").forEach((button, i) => button.classList.toggle("next", i === next));
  document.querySelectorAll("#flags i").forEach((flag, i) => flag.classList.toggle("past", call.stops[i].at <= time));
}

function meet() {
  const time = now();
  if (!sound.paused && isOn($("stops"))) {
    const point = call.stops.findIndex((each) => each.at > passed && each.at <= time);
    if (point >= 0) ask(point);
  }
  passed = time;
}

function tick() {
  if (call && source) {
    meet();
    follow();
  }
  if (!sound.paused) requestAnimationFrame(tick);
}

function seek(time) {
  const within = Math.min(Math.max(time, source.start), source.end) - source.start;
  sound.currentTime = within;
  passed = source.start + within;
  follow();
}

function toggle() {
  if (!source.file) return;
  if (sound.paused) sound.play().catch(() => {});
  else sound.pause();
}

// ---------- stop points

function ask(index) {
  const point = call.stops[index];
  sound.pause();
  stopped = index;
  passed = point.at;
  $("ask-where").textContent = "案例" + call.letter + " · " + clock(point.start) + " · 停顿 " + (index + 1) + " / " + call.stops.length;
  $("ask-question").textContent = point.question;
  $("ask-quote").textContent = point.quote;
  $("ask-quote").hidden = !point.quote;
  const box = $("ask-answer");
  box.className = point.tone;
  box.replaceChildren(make("strong", "", point.title + (point.points ? "　" + point.points : "")), answer(point));
  box.hidden = !revealed();
  if (!$("ask").open) $("ask").showModal();
  $("ask-on").focus();
}

function goOn() {
  if ($("ask").open) $("ask").close();
  stopped = -1;
  toggle();
}

function again() {
  const point = call.stops[stopped < 0 ? lastPoint() : stopped];
  if (!point) return;
  if ($("ask").open) $("ask").close();
  stopped = -1;
  seek(Math.min(point.start, point.at - 1) - REWIND / 2);
  sound.play().catch(() => {});
}

function lastPoint() {
  const time = now();
  return call.stops.reduce((best, point, i) => (point.at <= time + 0.2 ? i : best), 0);
}

function toPoint(index) {
  const point = call.stops[index];
  if (!point) return;
  if (point.at < source.start || point.at > source.end) play(call.sources.length - 1);
  seek(point.at);
  ask(index);
}

function step(by) {
  // at the very start nothing has been met yet: a stop point within the first words is the next one
  const time = by > 0 && passed === source.start ? passed : now() + (by > 0 ? 0.3 : -0.3);
  const at = call.stops.map((point) => point.at);
  const index = by > 0 ? at.findIndex((each) => each > time) : at.reduce((best, each, i) => (each < time ? i : best), -1);
  if (index >= 0) toPoint(index);
}

function line(by) {
  const index = Math.min(Math.max(drawn + by, 0), call.lines.length - 1);
  if (call.lines[index]) seek(call.lines[index].start);
}

// ---------- switches

function reveal() {
  const on = document.body.classList.toggle("revealed");
  press($("reveal"), on);
  press($("cover-reveal"), on);
  $("ask-answer").hidden = !on;
}

function words() {
  const on = isOn($("words"));
  document.body.classList.toggle("wordless", on);
  press($("words"), !on);
}

function slow() {
  const on = !isOn($("slow"));
  press($("slow"), on);
  sound.playbackRate = on ? 0.8 : 1;
}

function otherSource() {
  play((Number($("source").value) + 1) % call.sources.length);
}

function keys() {
  if ($("keys").open) $("keys").close();
  else $("keys").showModal();
}

// ---------- events

document.querySelectorAll(".card").forEach((card) => card.addEventListener("click", () => open(Number(card.dataset.call))));
$("cover-reveal").addEventListener("click", reveal);
$("reveal").addEventListener("click", reveal);
$("back").addEventListener("click", cover);
$("stops").addEventListener("click", () => press($("stops"), !isOn($("stops"))));
$("words").addEventListener("click", words);
$("slow").addEventListener("click", slow);
$("play").addEventListener("click", toggle);
$("ask-on").addEventListener("click", goOn);
$("ask-again").addEventListener("click", again);
$("ask-reveal").addEventListener("click", reveal);
$("keys-close").addEventListener("click", keys);
$("source").addEventListener("change", () => { play(Number($("source").value)); $("talk").focus(); });
$("track").addEventListener("click", (event) => {
  const box = $("track").getBoundingClientRect();
  seek(source.start + ((event.clientX - box.left) / box.width) * (source.end - source.start));
});
sound.addEventListener("play", () => { $("play").textContent = "❚❚"; if (isOn($("slow"))) sound.playbackRate = 0.8; requestAnimationFrame(tick); });
sound.addEventListener("pause", () => { $("play").textContent = "▶"; });
sound.addEventListener("timeupdate", () => { if (call) { meet(); follow(); } });

const ON_STAGE = {
  " ": () => ($("ask").open ? goOn() : toggle()),
  ArrowLeft: () => seek(now() - 5), ArrowRight: () => seek(now() + 5),
  ArrowUp: () => line(-1), ArrowDown: () => line(1),
  n: () => step(1), p: () => step(-1), s: () => $("stops").click(), t: words, d: slow, c: otherSource, r: again,
  Escape: () => {
    if ($("ask").open) { $("ask").close(); stopped = -1; } else cover();
  },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const onButton = event.target.closest && event.target.closest("button, select");
  if (key === "?" || (key === "Escape" && $("keys").open)) keys();
  else if (key === "f") reveal();
  else if (/^[1-9]$/.test(key) && calls[Number(key) - 1]) { if ($("ask").open) $("ask").close(); open(Number(key) - 1); }
  else if (call && ON_STAGE[key] && !(onButton && key === " " && !$("ask").open) && !(onButton && onButton.tagName === "SELECT")) ON_STAGE[key]();
  else return;
  event.preventDefault();
});
