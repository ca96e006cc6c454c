// Follows what is made in the background without loading the page again, so that a screen reader hears only
// what changes. Without this script the page refreshes itself, or has a link to do so.
const bereich = document.getElementById("stand");

async function nachsehen() {
  const antwort = await fetch(bereich.dataset.hier, { cache: "no-store" });
  const neu = new DOMParser().parseFromString(await antwort.text(), "text/html").getElementById("stand");
  if (!neu) return location.reload(); // signed out, or the conference is gone: let the server say so
  if (neu.dataset.stand !== bereich.dataset.stand) {
    bereich.replaceChildren(...neu.childNodes);
    bereich.dataset.stand = neu.dataset.stand;
    bereich.closest("main").focus();
  } else {
    const jetzt = bereich.querySelector("progress"), dann = neu.querySelector("progress");
    for (const name of ["max", "value"]) {
      if (dann.hasAttribute(name)) jetzt.setAttribute(name, dann.getAttribute(name));
    }
    const text = neu.querySelector("[role=status]").textContent;
    const status = bereich.querySelector("[role=status]");
    if (status.textContent !== text) status.textContent = text;
  }
}

async function verfolgen() {
  while (bereich.dataset.stand === "arbeit") {
    await new Promise((weiter) => setTimeout(weiter, 1000));
    try {
      await nachsehen();
    } catch {
      // The connection was away for a moment; the next second will tell.
    }
  }
  if (bereich.dataset.stand !== "fertig") return;
  const ziel = new URL(bereich.dataset.ziel, location.href);
  ziel.hash = location.hash; // a statement's place in the Heft
  // At this very address assign() would look for the place in this page.
  if (ziel.href === location.href) location.reload();
  else location.assign(ziel);
}

verfolgen();
