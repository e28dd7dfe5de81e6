"use strict";
// The page works without this: here a change in the form is answered at once, in place.
(() => {
  // A box and its slider are one control.
  for (const slider of document.querySelectorAll("input[type=range]")) {
    const box = document.getElementById(slider.dataset.of);
    slider.hidden = false;
    slider.addEventListener("input", () => { box.value = slider.value; });
    box.addEventListener("input", () => { slider.value = box.value || slider.dataset.rests; });
  }

  const form = document.querySelector("#ask");
  const answer = document.querySelector("#answer");
  const status = document.querySelector("#status");
  if (!form || !answer) return;
  document.documentElement.classList.add("live");
  // A slider that moves on is not read in full: that is begun once it rests.
  const SLOW = 300, PAUSE = 60, REST = 200;
  let asking = null, timer = 0, moved = "";

  const say = (text, busy = true) => {
    status.classList.toggle("busy", busy);
    if (status.textContent !== text) status.textContent = text;
  };

  const settle = () => {
    for (const open of form.querySelectorAll("input[name=open]")) {
      for (const input of open.closest(".control").querySelectorAll("select, input:not([name=open])")) input.disabled = open.checked;
    }
  };

  const question = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
  const kept = () => new URLSearchParams([...new FormData(form)].filter(([name]) => name === "kept" || name === "of")).toString();

  // Parts that are there take the place of those before them; what was unfolded stays so.
  const show = (html) => {
    const coming = new DOMParser().parseFromString(html, "text/html");
    const parts = [...coming.querySelectorAll("[data-part]")];
    const open = new Set([...answer.querySelectorAll("details[open][id]")].map((one) => one.id));
    for (const part of parts) {
      for (const one of part.querySelectorAll("details[id]")) one.open = open.has(one.id);
      const before = answer.querySelector(`[data-part=${part.dataset.part}]`);
      const behind = part.dataset.part === "why" ? answer.querySelector("[data-part=details]") : null;
      if (before) before.replaceWith(part); else answer.insertBefore(part, behind);
    }
    const why = answer.querySelector("[data-part=why]");
    if (why && !parts.includes(why)) why.classList.add("stale");
    const told = parts[0] && parts[0].dataset;
    if (!told || !told.query) { if (why) why.remove(); return; }
    say(told.said, false);
    history.replaceState(null, "", `/ask?${[told.query, kept()].filter(Boolean).join("&")}`);
  };

  // 202 says what is still looked for: whoever wants the answer asks again.
  const fetched = async (detail, signal) => {
    const asked = question();
    asked.set("detail", detail);
    if (moved) asked.set("by", moved);
    for (;;) {
      const reply = await fetch(`/answer?${asked}`, { signal });
      const text = await reply.text();
      if (reply.status !== 202) return show(text);
      say(`Looking for ${text} …`);
    }
  };

  const ask = async () => {
    if (asking) asking.abort();
    if (!form.checkValidity()) return say(form.querySelector(":invalid").validationMessage);
    const own = asking = new AbortController();
    const late = setTimeout(() => say("Solving …"), SLOW);
    try {
      await fetched("rules", own.signal);
      clearTimeout(late);
      await new Promise((rested) => { setTimeout(rested, REST); });
      if (!own.signal.aborted) await fetched("full", own.signal);
    } catch (error) {
      if (error.name !== "AbortError") say("The server does not answer; what stands here is the last answer.");
    } finally {
      clearTimeout(late);
    }
  };

  form.addEventListener("input", (event) => {
    const control = event.target.closest("[data-term]");
    if (control && control.dataset.term) moved = control.dataset.term;
    settle();
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  const choose = document.querySelector(".choose");
  choose.addEventListener("change", () => choose.requestSubmit());
  settle();
  const there = answer.querySelector("[data-said]");
  if (there) say(there.dataset.said, false);
  if (answer.querySelector("[data-detail=rules]") || !answer.querySelector("[data-detail], .faults")) ask();
})();
