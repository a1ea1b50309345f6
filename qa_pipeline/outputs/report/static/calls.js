"use strict";
// The list of calls: plain columns, filtered and sorted here, a hundred rows in the page at a time.
(() => {
  const PAGE = 100;
  const form = document.getElementById("filters");
  const body = document.getElementById("rows");
  const field = (name) => form.elements[name];
  let calls = [], rules = [], batch = 50, sort = { key: "start", down: false }, page = 0, shown = [];
  const texts = new Map(); // batch number -> texts, as they are loaded
  const waiting = new Map();

  const element = (tag, text, attributes = {}) => {
    const node = document.createElement(tag);
    if (text !== undefined && text !== null) node.textContent = text;
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
  const choose = (name, values, label = (value) => value) => {
    const select = field(name);
    const kept = select.value;
    select.replaceChildren(element("option", QA.say("全部", "all"), { value: "" }));
    for (const value of values) select.append(element("option", label(value), { value }));
    select.value = kept;
  };

  QA.calls = (data) => {
    batch = data.batch;
    rules = data.rules;
    calls = data.rows.map((row, number) => {
      const call = { number };
      data.columns.forEach((name, index) => { call[name] = row[index]; });
      call.find = `${call.id} ${call.agent} ${call.team} ${call.queue}`.toLowerCase();
      return call;
    });
    options();
    fromHash();
    refresh();
  };
  QA.text = ([number, list]) => {
    texts.set(number, list);
    waiting.get(number)?.();
  };

  const distinct = (name) => [...new Set(calls.map((call) => call[name]).filter(Boolean))].sort((a, b) => a.localeCompare(b, "zh"));
  const options = () => {
    for (const name of ["team", "agent", "queue", "grade"]) choose(name, distinct(name));
    const states = { scored: QA.say("已评分", "scored"), failed: QA.say("失败", "failed") };
    choose("status", Object.keys(states), (value) => states[value]);
    const count = new Array(rules.length).fill(0);
    for (const call of calls) for (const rule of call.fails) count[rule] += 1;
    const failed = rules.map((rule, index) => ({ rule, n: count[index] })).filter((item) => item.n).sort((a, b) => b.n - a.n);
    const names = new Map(failed.map((item) => [item.rule[0], `${item.rule[1]}（${item.n}）`]));
    choose("rule", [...names.keys()], (value) => names.get(value));
  };

  const load = (number) => texts.has(number) ? Promise.resolve() : new Promise((resolve) => {
    waiting.set(number, resolve);
    const script = element("script", null, { src: `data/text-${number}.js` });
    script.addEventListener("error", () => { texts.set(number, []); resolve(); });
    document.head.append(script);
  });
  const said = (call) => texts.get(Math.floor(call.number / batch))?.[call.number % batch] || "";

  const matches = () => {
    const query = field("q").value.trim().toLowerCase();
    const inText = field("said").checked && query;
    const rule = rules.findIndex((each) => each[0] === field("rule").value);
    return calls.filter((call) => {
      for (const name of ["team", "agent", "queue", "grade"]) if (field(name).value && call[name] !== field(name).value) return false;
      const state = field("status").value;
      if (state && (call.status === "scored") !== (state === "scored")) return false;
      if (rule >= 0 && !call.fails.includes(rule)) return false;
      if (field("vetoed").checked && !call.vetoed) return false;
      if (field("alert").checked && !call.alerts) return false;
      if (!query) return true;
      return call.find.includes(query) || (inText && said(call).toLowerCase().includes(query));
    });
  };
  const compare = (a, b) => {
    const x = a[sort.key], y = b[sort.key];
    if (x === y) return a.number - b.number;
    if (x === null || x === "") return 1; // what is missing comes last, whichever way
    if (y === null || y === "") return -1;
    const order = typeof x === "number" ? x - y : String(x).localeCompare(String(y), "zh");
    return sort.down ? -order : order;
  };

  let asked = 0;
  const refresh = async () => {
    const mine = ++asked;
    if (field("said").checked && field("q").value.trim()) {
      document.getElementById("count").textContent = QA.say("正在搜索…", "searching…");
      await Promise.all([...new Set(calls.map((call) => Math.floor(call.number / batch)))].map(load));
      if (mine !== asked) return;
    }
    shown = matches().sort(compare);
    page = Math.min(page, Math.max(0, Math.ceil(shown.length / PAGE) - 1));
    draw();
  };
  const draw = () => {
    const rows = shown.slice(page * PAGE, (page + 1) * PAGE).flatMap(row);
    if (!rows.length) {
      const cell = element("td", QA.say("没有符合的通话。", "No such calls."), { colspan: 11 });
      const empty = element("tr");
      empty.append(cell);
      rows.push(empty);
    }
    body.replaceChildren(...rows);
    document.getElementById("count").textContent = shown.length === calls.length ? `${calls.length}` : `${shown.length} / ${calls.length}`;
    const last = Math.max(1, Math.ceil(shown.length / PAGE));
    document.getElementById("where").textContent = `${page + 1} / ${last}`;
    document.getElementById("back").disabled = page === 0;
    document.getElementById("on").disabled = page >= last - 1;
    for (const head of document.querySelectorAll("#list th")) {
      const mine = head.querySelector("button").dataset.sort === sort.key;
      head.setAttribute("aria-sort", mine ? (sort.down ? "descending" : "ascending") : "none");
    }
  };
  const GRADES = { "优秀": "g-high", "普通": "g-mid", "冷线": "g-low" };
  const row = (call) => {
    const line = element("tr", null, call.status === "scored" ? {} : { class: "failed" });
    const id = element("td", null, { class: "id" });
    id.append(element("a", call.id, { href: `calls/${call.page}` }));
    if (call.vetoed) id.append(" ", element("span", QA.say("否决", "veto"), { class: "veto" }));
    const grade = element("td");
    if (call.grade) grade.append(element("span", call.grade, { class: "grade " + (GRADES[call.grade] || "") }));
    else if (call.status !== "scored") grade.textContent = QA.say("失败 ", "failed ") + call.status;
    const cells = [
      element("td", call.start.slice(5)), id, element("td", call.agent), element("td", call.team, { class: "opt" }),
      element("td", call.queue, { class: "opt" }), element("td", QA.clock(call.seconds), { class: "num" }),
      element("td", call.score === null ? "—" : call.score, { class: "num" }), grade,
      element("td", call.findings || "", { class: "num" }), element("td", call.alerts || "", { class: "num opt" }),
      element("td", call.peak === null ? "" : Math.round(call.peak * 100) + "%", { class: "num opt" }),
    ];
    line.append(...cells);
    const snippet = found(call);
    return snippet ? [line, snippet] : [line];
  };
  const found = (call) => {
    const query = field("q").value.trim();
    if (!query || !field("said").checked) return null;
    const text = said(call).replaceAll("\n", " "), at = text.toLowerCase().indexOf(query.toLowerCase());
    if (at < 0) return null;
    const cell = element("td", null, { colspan: 11 });
    cell.append("…" + text.slice(Math.max(0, at - 24), at), element("mark", text.slice(at, at + query.length)), text.slice(at + query.length, at + query.length + 36) + "…");
    const line = element("tr", null, { class: "snippet" });
    line.append(cell);
    return line;
  };

  // What is chosen stands in the address, so that it can be linked to and come back to.
  const toHash = () => {
    const kept = new URLSearchParams();
    for (const input of form.elements) {
      if (!input.name) continue;
      const value = input.type === "checkbox" ? (input.checked ? "1" : "") : input.value;
      if (value) kept.set(input.name, value);
    }
    history.replaceState(null, "", kept.size ? "#" + kept : location.pathname.split("/").pop() || "calls.html");
  };
  const fromHash = () => {
    const kept = new URLSearchParams(location.hash.slice(1));
    for (const input of form.elements) {
      if (!input.name) continue;
      if (input.type === "checkbox") input.checked = kept.has(input.name);
      else input.value = kept.get(input.name) || "";
    }
    page = 0;
  };
  let pause = 0;
  form.addEventListener("input", (event) => {
    page = 0;
    clearTimeout(pause);
    pause = setTimeout(() => { toHash(); refresh(); }, event.target.name === "q" ? 180 : 0);
  });
  form.addEventListener("reset", () => setTimeout(() => { page = 0; toHash(); refresh(); }));
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", () => { fromHash(); refresh(); });
  document.addEventListener("click", (event) => {
    const key = event.target.closest?.("[data-sort]")?.dataset.sort;
    if (!key) return;
    sort = { key, down: sort.key === key ? !sort.down : ["findings", "alerts", "peak", "seconds"].includes(key) };
    refresh();
  });
  document.getElementById("back").addEventListener("click", () => { page -= 1; draw(); scrollTo(0, 0); });
  document.getElementById("on").addEventListener("click", () => { page += 1; draw(); scrollTo(0, 0); });
  document.addEventListener("qa-lang", () => { options(); draw(); });
})();
