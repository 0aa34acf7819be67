// Makes a page live: it fetches itself again when something changed, sends its forms without leaving, and tells the
// server the reader's time zone. Everything works without it, by links and forms alone.
"use strict";

(() => {
  const root = document.documentElement;
  const PAUSE = 700; // milliseconds between two looks at what changed

  // --- Bringing the new page into the one that stands ---------------------------------------------------------

  const sameKind = (old, fresh) => old && old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName;

  function mergeAttributes(old, fresh) {
    for (const { name, value } of [...fresh.attributes]) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    for (const { name } of [...old.attributes]) {
      const own = name === "open" || (name === "hidden" && old.id === "arrived"); // the reader's, and this script's
      if (!own && !fresh.hasAttribute(name)) old.removeAttribute(name);
    }
  }

  function mergeNode(old, fresh) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    } else if (old.id !== "refusal" && !old.isEqualNode(fresh)) {
      mergeAttributes(old, fresh);
      if (old.nodeName !== "TEXTAREA") mergeChildren(old, fresh);
    }
  }

  // Elements with an id are found again wherever they moved; the others are compared by their place.
  function mergeChildren(old, fresh) {
    const named = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
    let place = old.firstChild;
    for (const wanted of [...fresh.childNodes]) {
      let found = wanted.id ? named.get(wanted.id) : null;
      if (!found && !wanted.id && sameKind(place, wanted) && !place.id) found = place;
      if (found && sameKind(found, wanted)) {
        if (found !== place) old.insertBefore(found, place);
        else place = place.nextSibling;
        mergeNode(found, wanted);
      } else {
        old.insertBefore(document.importNode(wanted, true), place);
      }
    }
    while (place) {
      const next = place.nextSibling;
      place.remove();
      place = next;
    }
  }

  function merge(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const inbox = readInbox();
    mergeAttributes(root, fresh.documentElement);
    document.title = fresh.title;
    mergeAttributes(document.body, fresh.body);
    mergeChildren(document.body, fresh.body);
    if (inbox) followInbox(inbox);
  }

  // --- The inbox stays where its reader is ----------------------------------------------------------------------

  const newest = () => document.getElementById("latest")?.closest(".item");
  const atEnd = () => window.innerHeight + window.scrollY >= root.scrollHeight - 120;

  function readInbox() {
    return document.getElementById("chat") && { last: newest()?.id, atEnd: atEnd() || !newest() };
  }

  function followInbox(before) {
    const item = newest();
    if (!item || item.id === before.last) return;
    const arrived = document.getElementById("arrived");
    if (before.atEnd) showNewest();
    else if (arrived) arrived.hidden = false;
  }

  // The beginning of a long message comes to the top; a short one stands at the end.
  function showNewest(behavior = "instant") {
    document.getElementById("latest")?.scrollIntoView({ block: "start", behavior });
  }

  document.addEventListener("scroll", () => {
    const arrived = document.getElementById("arrived");
    if (arrived && !arrived.hidden && atEnd()) arrived.hidden = true;
  }, { passive: true });

  document.addEventListener("click", (event) => {
    if (event.target.closest("#arrived")) {
      event.preventDefault();
      document.getElementById("arrived").hidden = true;
      showNewest(matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth");
    }
  });

  // --- What changed -----------------------------------------------------------------------------------------------

  let due = false;
  let looking = false;

  async function look() {
    if (!due || looking || document.hidden) return;
    due = false;
    looking = true;
    try {
      const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } });
      if (answer.ok) merge(await answer.text());
      else if (answer.status === 403) location.reload();
    } catch {
      // The server is away; the event stream says when it is back.
    } finally {
      setTimeout(() => { looking = false; look(); }, PAUSE);
    }
  }

  function changed() {
    due = true;
    look();
  }

  function listen() {
    let lost = false;
    const stream = new EventSource("/events");
    stream.onerror = () => { lost = true; };
    stream.onmessage = (event) => {
      if (lost || event.data !== root.dataset.seen) changed();
      lost = false;
    };
    window.addEventListener("pagehide", () => stream.close());
  }

  document.addEventListener("visibilitychange", look);

  // --- Forms ------------------------------------------------------------------------------------------------------

  async function send(form, button) {
    const fields = new URLSearchParams(new FormData(form));
    if (button?.name) fields.set(button.name, button.value);
    const composer = form.id === "composer";
    const box = composer && !button?.name ? form.elements.text : null;
    if (box && !box.value.trim()) return box.focus();
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body: fields });
      if (box && answer.ok) clear(box);
      const text = await answer.text();
      if (composer) tell(answer.ok ? "" : text);
      if (answer.ok) merge(text);
      else if (!composer) document.documentElement.replaceWith(new DOMParser().parseFromString(text, "text/html").documentElement);
      if (answer.ok && form.action.endsWith("/say")) showNewest();
    } catch {
      form.submit();
    } finally {
      form.removeAttribute("aria-busy");
    }
  }

  // What was refused stays in the box, and why stands above it; nothing stands there when all is well.
  function tell(refusal) {
    const told = document.getElementById("refusal");
    told.textContent = new DOMParser().parseFromString(refusal, "text/html").querySelector("h1")?.textContent ?? "";
    told.hidden = !told.textContent;
  }

  function clear(box) {
    box.value = "";
    grow(box);
  }

  function grow(box) {
    box.rows = Math.min(8, box.value.split("\n").length);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    event.preventDefault();
    if (!form.hasAttribute("aria-busy")) send(form, event.submitter);
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.id === "text";
    if (typing && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });

  document.addEventListener("input", (event) => {
    if (event.target.id === "text") grow(event.target);
  });

  // --- Beginning --------------------------------------------------------------------------------------------------

  function tellZone() {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!zone || zone === root.dataset.zone) return;
    document.cookie = `sudi-zone=${zone}; path=/; max-age=31536000; SameSite=Strict`;
    if (document.cookie.includes("sudi-zone=")) changed();
  }

  if (document.getElementById("chat") && !location.search && window.scrollY === 0) showNewest();
  tellZone();
  listen();
})();
