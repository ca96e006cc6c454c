// Quoting a statement: its Kennung opens what there is to copy beside it, and each part has a button that does.
// Without this script the Kennung leads to a page that holds the same, to be selected by hand.

const fenster = document.createElement("dialog");
fenster.className = "kd-dialog";
fenster.setAttribute("aria-label", "Äußerung zitieren");
document.body.append(fenster);

function knoepfeZeigen(zitat) {
  // Without https there is no clipboard.
  if (navigator.clipboard) for (const knopf of zitat.querySelectorAll("[data-kopieren]")) knopf.hidden = false;
}

async function oeffnen(adresse) {
  const antwort = await fetch(adresse);
  const seite = new DOMParser().parseFromString(await antwort.text(), "text/html");
  const zitat = seite.querySelector(".kd-zitat");
  if (!zitat) throw new Error("no quotation"); // gone, or no longer to be read: the page says so
  knoepfeZeigen(zitat);
  const schliessen = document.createElement("button");
  schliessen.type = "button";
  schliessen.className = "kern-btn kern-btn--primary";
  schliessen.innerHTML = '<span class="kern-label">Schließen</span>';
  schliessen.addEventListener("click", () => fenster.close());
  zitat.append(schliessen);
  fenster.replaceChildren(zitat);
  fenster.showModal();
}

async function kopieren(knopf) {
  const stand = knopf.closest(".kd-zitat").querySelector("[role=status]");
  stand.textContent = "";
  try {
    await navigator.clipboard.writeText(document.getElementById(knopf.dataset.kopieren).textContent);
    stand.textContent = knopf.getAttribute("aria-label").replace("Kopieren", "Kopiert");
  } catch {
    stand.textContent = "Der Browser erlaubt das Kopieren nicht. Markieren Sie den Text, und drücken Sie Strg + C.";
  }
}

document.addEventListener("click", (ereignis) => {
  const knopf = ereignis.target.closest("[data-kopieren]");
  if (knopf) return kopieren(knopf);
  const verweis = ereignis.target.closest("a.kd-aeusserung__kennung");
  const mitTaste = ereignis.ctrlKey || ereignis.metaKey || ereignis.shiftKey || ereignis.altKey;
  if (!verweis || mitTaste) return;
  ereignis.preventDefault();
  oeffnen(verweis.href).catch(() => location.assign(verweis.href));
});

for (const zitat of document.querySelectorAll(".kd-zitat")) knoepfeZeigen(zitat);
