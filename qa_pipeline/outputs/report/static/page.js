"use strict";
// Every page: language and theme, remembered where the browser lets a file remember.
const QA = {
  remembered(key) {
    try { return localStorage.getItem("qa-" + key); } catch { return null; }
  },
  remember(key, value) {
    try { localStorage.setItem("qa-" + key, value); } catch { /* a page from disk may not remember */ }
  },
  english() { return document.documentElement.dataset.lang === "en"; },
  say(zh, en) { return QA.english() ? en : zh; },
  clock(seconds) {
    const whole = Math.floor(seconds), minutes = Math.floor(whole / 60) % 60, hours = Math.floor(whole / 3600);
    const two = (n) => String(n).padStart(2, "0");
    return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  },
};

(() => {
  const root = document.documentElement;
  const set = (name, value) => {
    root.dataset[name] = value;
    QA.remember(name, value);
    if (name === "lang") root.lang = value === "en" ? "en" : "zh-CN";
    document.dispatchEvent(new CustomEvent("qa-" + name));
  };
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = QA.remembered("theme") || (dark ? "dark" : "light");
  root.dataset.lang = QA.remembered("lang") || "zh";
  root.lang = root.dataset.lang === "en" ? "en" : "zh-CN";
  document.addEventListener("click", (event) => {
    const what = event.target.closest?.("[data-do]")?.dataset.do;
    if (what === "language") set("lang", QA.english() ? "zh" : "en");
    if (what === "theme") set("theme", root.dataset.theme === "dark" ? "light" : "dark");
  });
})();
