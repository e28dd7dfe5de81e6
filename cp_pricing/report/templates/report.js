"use strict";
(() => {
  const root = document.documentElement;
  const button = document.querySelector(".theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  // A page that is opened from a folder may have no storage; the choice then lasts as long as it.
  const remembered = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const remember = (theme) => { try { localStorage.setItem("theme", theme); } catch { /* no storage */ } };
  const current = () => root.dataset.theme || (system.matches ? "dark" : "light");
  const say = () => { button.textContent = current() === "dark" ? "Light colours" : "Dark colours"; };
  const stored = remembered();
  if (stored === "dark" || stored === "light") root.dataset.theme = stored;
  button.addEventListener("click", () => {
    root.dataset.theme = current() === "dark" ? "light" : "dark";
    remember(root.dataset.theme);
    say();
  });
  system.addEventListener("change", say);
  button.hidden = false;
  say();
  // What is folded away on the screen belongs on the paper.
  const folded = [];
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details:not([open])")) { part.open = true; folded.push(part); }
  });
  addEventListener("afterprint", () => { for (const part of folded.splice(0)) part.open = false; });
})();
