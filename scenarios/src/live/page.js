// The page hears how things stand, and shows the newest step unless somebody looks at an earlier one. What is shown is drawn by the
// server; here it only finds its place.
"use strict";

const SILENT_MS = 4000;
const PLAY_MS = 150;

const byId = (id) => document.getElementById(id);
const pieces = new Map();
let news = null;
let heardAt = performance.now();
let following = true;
let wanted = 0;
// The step in view, and the version it is the newest of.
let shown = { step: -1, newest: null };
let asking = false;
let over = false;
let playing = 0;

const source = new EventSource("events");
source.addEventListener("news", (event) => hear(JSON.parse(event.data)));
source.addEventListener("error", lost);
setInterval(() => { if (performance.now() - heardAt > SILENT_MS) lost(); }, 1000);

function hear(heard) {
  news = heard;
  heardAt = performance.now();
  byId("banner").hidden = true;
  byId("mood").dataset.mood = news.mood;
  say("state", news.state);
  say("state-note", news.state_note);
  say("elapsed", news.elapsed);
  say("left", news.left);
  say("clock", news.clock);
  byId("done").max = Math.max(news.steps, 1);
  byId("done").value = news.step;
  byId("step").max = news.step;
  byId("step").disabled = byId("play").disabled = news.step === 0;
  steer();
  ask();
}

function lost() {
  if (over) return;
  const seconds = Math.round((performance.now() - heardAt) / 1000);
  const banner = byId("banner");
  banner.textContent = "The stream has stopped: the program that serves this page has ended or does not answer. " +
    `What is shown is the last that came, ${seconds} s ago.`;
  banner.hidden = false;
  byId("mood").dataset.mood = "warn";
  say("state", "Not known");
  say("state-note", news ? `Last heard: ${news.state}. ${news.state_note}` : "");
}

function leave() {
  over = true;
  source.close();
  stop();
  byId("step").disabled = byId("play").disabled = byId("follow").disabled = true;
  const banner = byId("banner");
  banner.textContent = `The run has ended, and so has its server. To go through its steps: tiptwin watch ${news.run}`;
  banner.className = "banner farewell";
  banner.hidden = false;
}

function say(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

function steer() {
  if (following) wanted = news.step;
  byId("step").value = wanted;
  say("at", `${wanted} of ${news.step}`);
  byId("follow").setAttribute("aria-pressed", String(following));
}

// One question at a time: a slow machine shows fewer steps, not a queue of old ones.
async function ask() {
  // Before there is a run, or while it cannot be read, there is nothing to ask for.
  if (!news.version) return news.leaving && !over ? leave() : undefined;
  const current = following ? shown.newest === news.version : shown.step === wanted;
  if (asking || over || (current && !news.leaving) || document.hidden && !news.leaving) return;
  asking = true;
  const leaving = news.leaving;
  const [step, newest] = [wanted, following ? news.version : null];
  try {
    const answer = await fetch(newest === null ? `view?step=${step}` : "view");
    if (answer.ok) show(await answer.json());
    shown = { step, newest };
  } catch {
    lost();
    asking = false;
    return;
  }
  asking = false;
  if (leaving) leave();
  else ask();
}

function show(view) {
  for (const [name, html] of Object.entries(view.parts)) {
    if (pieces.get(name) === html) continue;
    pieces.set(name, html);
    byId(name).innerHTML = html;
  }
  if (view.title) {
    say("title", view.title);
    document.title = `${view.step} · ${view.title}`;
  }
  Object.assign(document.body.dataset, { step: view.step, picks: view.picks });
}

function look(step) {
  wanted = Math.max(0, Math.min(step, news.step));
  following = false;
  steer();
  ask();
}

function stop() {
  clearInterval(playing);
  playing = 0;
  say("play", "Play");
}

byId("step").addEventListener("input", () => { stop(); look(Number(byId("step").value)); });
byId("follow").addEventListener("click", () => { stop(); following = true; if (news) { steer(); ask(); } });
byId("play").addEventListener("click", () => {
  if (playing) return stop();
  say("play", "Pause");
  look(wanted >= news.step ? 0 : wanted);
  playing = setInterval(() => {
    if (shown.step === wanted) look(wanted + 1);
    if (wanted >= news.step) stop();
  }, PLAY_MS);
});
document.addEventListener("visibilitychange", () => { if (news && !document.hidden) ask(); });
