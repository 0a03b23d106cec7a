// The queue of captures by keyboard: P passes, R and a digit reject, J and K move. All that is decided is decided by the server.
"use strict";

const $ = (id) => document.getElementById(id);
let queue = [], at = 0, me = null, busy = false;

const show = (id, yes) => { $(id).hidden = !yes; };
const say = (words) => { $("said").textContent = words; };

async function ask(path, options = {}) {
  const headers = { "Content-Type": "application/json", "Accept-Language": "zh", ...options.headers };
  const answer = await fetch(path, { ...options, headers });
  if (answer.status === 401) { door(); throw new Error("401"); }
  const told = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error(told.detail || told.title);
  return told;
}

function door() {
  show("door", true); show("work", false); show("none", false);
  $("count").textContent = "";
  document.querySelector("#login input").focus();
}

async function start() {
  try {
    me = await ask("/api/me");
    show("door", false);
    await load();
  } catch (wrong) { if (wrong.message !== "401") say(wrong.message); }
}

async function load() {
  queue = (await ask("/api/captures?limit=100")).items;
  at = 0;
  draw();
}

function draw() {
  const capture = queue[at];
  show("work", Boolean(capture)); show("none", !capture);
  $("count").textContent = capture ? `第 ${at + 1} 条，共 ${queue.length} 条待审核` : "";
  reasons(false);
  if (!capture) return;
  $("what").textContent = capture.title;
  $("value").textContent = capture.value;
  $("taken").textContent = new Date(capture.taken_at).toLocaleString("zh-CN", { timeZone: "Asia/Shanghai" });
  $("device").textContent = capture.device + (capture.generated ? "（生成的示例 · generated）" : "");
  $("back").disabled = at === 0;
  $("next").disabled = at === queue.length - 1;
  $("pictures").replaceChildren(...capture.media.map(picture));
  $("what").focus({ preventScroll: true });
}

function picture(digest, n) {
  const image = document.createElement("img");
  image.src = `/api/evidence/${encodeURIComponent(digest)}`;
  image.alt = `影像 ${n + 1}`;
  return image;
}

function reasons(open) {
  show("reasons", open);
  $("reject").setAttribute("aria-expanded", String(open));
  if (open) document.querySelector("#reasons button").focus();
}

async function decide(passed, reason) {
  const capture = queue[at];
  if (!capture || busy) return;
  busy = true;
  const officers = [me.username, $("second").value.trim()].filter(Boolean);
  const paper = passed ? { capture: capture.id, passed, officers } : { capture: capture.id, passed, reason };
  try {
    await ask(`/api/cases/${capture.matter}/acts/review_capture`, { method: "POST", body: JSON.stringify(paper) });
    queue.splice(at, 1);
    at = Math.min(at, Math.max(queue.length - 1, 0));
    say(passed ? "✓ 已通过" : `✗ 未通过：${reason}`);
    if (queue.length) draw(); else await load();
  } catch (wrong) { say(wrong.message); } finally { busy = false; }
}

function move(by) {
  const to = at + by;
  if (to >= 0 && to < queue.length) { at = to; say(""); draw(); }
}

document.addEventListener("keydown", (event) => {
  if (event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey || $("work").hidden) return;
  const buttons = document.querySelectorAll("#reasons button");
  const chosen = $("reasons").hidden ? null : buttons[Number(event.key) - 1];
  const keys = { p: () => decide(true), r: () => reasons($("reasons").hidden), j: () => move(1), k: () => move(-1), Escape: () => reasons(false) };
  const act = chosen ? () => chosen.click() : keys[event.key] || keys[event.key.toLowerCase()];
  if (act) { event.preventDefault(); act(); }
});
$("pass").addEventListener("click", () => decide(true));
$("reject").addEventListener("click", () => reasons($("reasons").hidden));
$("next").addEventListener("click", () => move(1));
$("back").addEventListener("click", () => move(-1));
$("reasons").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) decide(false, button.dataset.reason);
});
$("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  try {
    await ask("/api/session", { method: "POST", body: JSON.stringify(Object.fromEntries(form)) });
    event.target.reset();
    say("");
    await start();
  } catch (wrong) { say(wrong.message === "401" ? "账号或者密码不正确" : wrong.message); }
});
start();
