"use strict";
// One call: every time on the page plays from there; the line that is heard is marked; n and p go from hit to hit.
(() => {
  const LEAD = 0.4; // seconds before a word, so that its beginning is heard
  const audio = document.getElementById("audio");
  const lanes = document.getElementById("lanes");
  const cursor = document.querySelector("#cursor line");
  const lines = [...document.querySelectorAll(".line[data-start]")].map((node) => ({
    node, start: Number(node.dataset.start), end: Number(node.dataset.end),
  }));
  const hits = [...document.querySelectorAll(".finding")].filter((node) => node.querySelector("[data-seek]"));
  const duration = () => Number(lanes?.dataset.duration) || 0;

  let pinned = null; // the line that a link asked for, until something plays
  const show = (seconds) => {
    const share = duration() ? Math.min(1, seconds / duration()) * 100 : 0;
    for (const end of ["x1", "x2"]) cursor?.setAttribute(end, share + "%");
    for (const line of lines) line.node.classList.toggle("now", line === pinned || (!pinned && line.start <= seconds && seconds < line.end));
  };
  const seek = (seconds, play) => {
    const at = Math.max(0, seconds);
    show(at);
    if (!audio) return;
    const go = () => {
      audio.currentTime = at;
      if (play) audio.play().catch(() => { /* the browser wants a click first */ });
    };
    if (audio.readyState > 0) go();
    else {
      audio.addEventListener("loadedmetadata", go, { once: true });
      audio.load();
    }
  };
  const lead = (seconds) => Math.max(0, Number(seconds) - LEAD);

  document.addEventListener("click", (event) => {
    const from = event.target.closest?.("[data-seek]");
    if (from) seek(lead(from.dataset.seek), true);
    const step = event.target.closest?.("[data-step]");
    if (step && audio) seek(audio.currentTime + Number(step.dataset.step), !audio.paused);
    if (event.target.closest?.("[data-do='next-hit']")) nextHit(1);
    if (!from && event.target.closest?.("#lanes svg")) {
      const box = lanes.querySelector("svg.lane").getBoundingClientRect();
      if (event.clientX >= box.left) seek((event.clientX - box.left) / box.width * duration(), Boolean(audio && !audio.paused));
    }
  });

  let current = -1;
  const nextHit = (direction) => {
    if (!hits.length) return;
    current = (current + direction + hits.length) % hits.length;
    const hit = hits[current];
    for (const other of hits) other.classList.toggle("now", other === hit);
    hit.focus({ preventScroll: true });
    hit.scrollIntoView({ block: "center" });
    seek(lead(hit.dataset.start), true);
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA|AUDIO)$/.test(event.target.tagName)) return;
    if (event.key === "n") nextHit(1);
    if (event.key === "p") nextHit(-1);
    if (event.key === " " && audio && event.target.tagName !== "BUTTON" && event.target.tagName !== "SUMMARY") {
      event.preventDefault();
      if (audio.paused) audio.play(); else audio.pause();
    }
    if (event.key === "ArrowLeft" && audio) seek(audio.currentTime - 5, !audio.paused);
    if (event.key === "ArrowRight" && audio) seek(audio.currentTime + 5, !audio.paused);
    if (event.key === "[") document.querySelector("a[rel=prev]")?.click();
    if (event.key === "]") document.querySelector("a[rel=next]")?.click();
  });

  audio?.addEventListener("play", () => { pinned = null; });
  audio?.addEventListener("timeupdate", () => show(audio.currentTime));
  document.getElementById("rate")?.addEventListener("change", (event) => { audio.playbackRate = Number(event.target.value); });

  // calls/x.html#t=12.3, as the overview and the workbook link: ready at that second, the line in view
  const arrive = () => {
    const asked = /^#t=([\d.]+)$/.exec(location.hash);
    if (!asked) return;
    const seconds = Number(asked[1]);
    seek(lead(seconds), false);
    const saying = lines.filter((line) => line.start <= seconds + 0.05 && seconds < line.end);
    const near = saying.pop() || lines.find((line) => line.end > seconds) || lines[lines.length - 1];
    pinned = near;
    show(lead(seconds));
    near?.node.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", arrive);
  arrive();
})();
