// What is asked of a report in the browser; an expression whose value is an object of functions.
({
  // Boxes that scroll in themselves are no overflow of the page.
  overflow() {
    const width = document.documentElement.clientWidth;
    const wide = [...document.body.querySelectorAll("*")].filter((e) => {
      const box = e.getBoundingClientRect();
      return box.width > 0 && box.right > width + 1 && !e.closest(".scroll, .skip, caption");
    });
    return {
      page: document.documentElement.scrollWidth - width,
      wide: wide.slice(0, 5).map((e) => e.outerHTML.slice(0, 90)),
    };
  },

  // Every text against the nearest ground that is painted behind it (WCAG 2.2, 1.4.3).
  contrasts() {
    const rgb = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
    const linear = (c) => (c <= 0.04045 * 255 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
    const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const ground = (e) => {
      for (; e; e = e.parentElement) {
        const c = rgb(getComputedStyle(e).backgroundColor);
        if (c.length === 3 || c[3] > 0.99) return c;
      }
      return [255, 255, 255];
    };
    const faults = new Map();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let read = 0;
    while (walker.nextNode()) {
      const text = walker.currentNode.data.trim();
      const e = walker.currentNode.parentElement;
      if (!text || e.closest("script, style, title, desc, caption")) continue;
      if (!e.getClientRects().length) continue;
      const style = getComputedStyle(e);
      const colour = rgb(e instanceof SVGElement ? style.fill : style.color);
      const [light, dark] = [luminance(colour), luminance(ground(e))].sort((a, b) => b - a);
      const ratio = (light + 0.05) / (dark + 0.05);
      read += 1;
      if (ratio < 4.5) faults.set(`${e.tagName} ${style.color}`, [ratio, text.slice(0, 40)]);
    }
    return { read, faults: [...faults] };
  },

  // A text outside its drawing is cut off.
  cutOff() {
    const charts = [...document.querySelectorAll("svg[role=img]")];
    return charts.filter((s) => s.getClientRects().length).flatMap((s) => {
      const box = s.getBoundingClientRect();
      const out = (r) => r.left < box.left - 1 || r.right > box.right + 1
        || r.top < box.top - 1 || r.bottom > box.bottom + 1;
      return [...s.querySelectorAll("text")]
        .filter((t) => out(t.getBoundingClientRect()))
        .map((t) => `${s.querySelector("title").textContent}: ${t.textContent}`);
    }).slice(0, 5);
  },

  // The height of the smallest text of a chart, in pixels of the screen.
  smallestText() {
    const texts = [...document.querySelectorAll("svg[role=img] text")];
    const heights = texts.filter((t) => t.getClientRects().length)
      .map((t) => parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a);
    return heights.length ? Math.min(...heights) : null;
  },

  // Labels that lie on one another cannot be read.
  overlaps() {
    const charts = [...document.querySelectorAll("svg[role=img]")];
    return charts.filter((s) => s.getClientRects().length).flatMap((s) => {
      const texts = [...s.querySelectorAll("text")].map((t) => [t, t.getBoundingClientRect()]);
      const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5;
      return texts.flatMap(([t, a], place) => texts.slice(place + 1)
        .filter(([, b]) => meet(a, b))
        .map(([u]) => `${s.querySelector("title").textContent}: ${t.textContent} / ${u.textContent}`));
    }).slice(0, 5);
  },

  reachable() {
    const all = document.querySelectorAll("a[href], button, summary, [tabindex='0']");
    return [...all].filter((e) => e.checkVisibility()).length;
  },

  focused() {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const style = getComputedStyle(e);
    const box = e.getBoundingClientRect();
    return {
      what: `${e.tagName} ${(e.getAttribute("aria-label") || e.textContent).trim().slice(0, 40)}`,
      outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
      seen: box.bottom > 0 && box.top < innerHeight && box.left < innerWidth && box.right > 0,
    };
  },

  folded() { return document.querySelectorAll("details:not([open])").length; },
  ground() { return getComputedStyle(document.body).backgroundColor; },
  focusSummary() { document.querySelector("summary").focus(); },
  switchTheme() { document.querySelector(".theme").click(); },
  forget() { localStorage.clear(); },
  print(begins) { dispatchEvent(new Event(begins ? "beforeprint" : "afterprint")); },
  focusedId() { return document.activeElement.id; },
  top(selector) { return document.querySelector(selector).getBoundingClientRect().top + scrollY; },
})
