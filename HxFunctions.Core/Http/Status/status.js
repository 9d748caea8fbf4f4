(() => {
  "use strict";
  const every = 10000, patience = 8000, lost = document.getElementById("lost");
  let timer = 0;

  // Changes only what differs, in place: open sections, focus, selection and scrolling stay as they are.
  const mend = (now, next) => {
    if (now.isEqualNode(next)) return;
    if (now.nodeType !== next.nodeType || now.nodeName !== next.nodeName) return now.replaceWith(document.importNode(next, true));
    if (now.nodeType !== Node.ELEMENT_NODE) { now.nodeValue = next.nodeValue; return; }
    const kept = now.nodeName === "DETAILS" ? "open" : "";
    for (const { name } of [...now.attributes]) if (name !== kept && !next.hasAttribute(name)) now.removeAttribute(name);
    for (const { name, value } of [...next.attributes]) if (name !== kept && now.getAttribute(name) !== value) now.setAttribute(name, value);
    const mine = [...now.childNodes], theirs = [...next.childNodes];
    mine.slice(theirs.length).forEach(node => node.remove());
    theirs.forEach((node, i) => i < mine.length ? mend(mine[i], node) : now.append(document.importNode(node, true)));
  };

  // Puts the reader's own time beside each time in UTC, unless they are the same.
  const zone = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" });
  const localise = page => {
    for (const time of page.querySelectorAll("time")) {
      const at = new Date(time.dateTime);
      if (!at.getTimezoneOffset()) continue;
      const day = at.getDate() === at.getUTCDate() ? "" : at.toLocaleDateString("en-GB", { day: "numeric", month: "short" }) + " ";
      const note = page.createElement("span");
      note.className = "local";
      note.textContent = ` · ${day}${zone.format(at)}`;
      time.append(note);
    }
  };

  const refresh = async () => {
    clearTimeout(timer);
    try {
      // The address, key and all, is the browser's own: it stands nowhere in the page.
      const answer = await fetch(location.href, { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(patience) });
      if (!answer.ok) throw new Error();
      // Without its style, whose nonce is not this page's: the policy would complain, and there is one already.
      const text = (await answer.text()).replace(/<style[^]*?<\/style>/, "");
      const next = new DOMParser().parseFromString(text, "text/html");
      if (!next.getElementById("headline")) throw new Error();
      localise(next);
      document.title = next.title;
      document.getElementById("icon").href = next.getElementById("icon").href;
      for (const id of ["as-of", "main", "foot"]) mend(document.getElementById(id), next.getElementById(id));
      lost.hidden = true;
    } catch {
      lost.hidden = false;
    }
    later();
  };

  // A page that nobody looks at asks nothing; it catches up when it is looked at again.
  const later = () => { timer = document.hidden ? 0 : setTimeout(refresh, every); };
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) refresh();
  });
  localise(document);
  later();
})();
