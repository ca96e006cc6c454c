// What the Erfassung does beyond its forms: live preview, drafts, presence, moving lines. All of it is
// comfort: without this script every button of the page does the same with a page load.
"use strict";
(() => {
  const formular = document.getElementById("erfassung");
  if (!formular) return;
  document.documentElement.classList.add("er-skript");
  const lage = document.getElementById("lage");
  const anwesend = document.getElementById("anwesend");
  const SICHERN_NACH = 4000;
  const MELDEN_NACH = 10000;
  let geaendert = "offen" in formular.dataset;
  let ungesichert = geaendert;
  let fertig = false;
  let laufend = null;

  const felder = () => [...formular.querySelectorAll("textarea")];
  const zeichen = () => formular.elements.csrfmiddlewaretoken.value;
  const senden = (adresse, daten, abbruch) =>
    fetch(adresse, { method: "POST", body: daten, headers: { "X-CSRFToken": zeichen() }, signal: abbruch });

  // --- what will be stored -------------------------------------------------------------------
  const wartend = new WeakMap();
  const anfragen = new WeakMap();

  async function zeigen(feld) {
    anfragen.get(feld)?.abort();
    const abbruch = new AbortController();
    anfragen.set(feld, abbruch);
    const daten = new FormData();
    daten.append("text", feld.value);
    try {
      const antwort = await senden(formular.dataset.adresseVorschau, daten, abbruch.signal);
      if (!antwort.ok) return;
      const ziel = feld.closest(".er-abschnitt").querySelector("[data-vorschau]");
      ziel.innerHTML = await antwort.text(); // made and escaped by our own template
      ziehbar(ziel);
    } catch (fehler) {
      if (fehler.name !== "AbortError") lage.textContent = "Keine Verbindung – Ihre Eingaben stehen noch hier.";
    }
  }

  function beruehrt(feld) {
    geaendert = ungesichert = true;
    lage.textContent = "noch nicht gespeichert";
    if (feld?.tagName !== "TEXTAREA") return;
    clearTimeout(wartend.get(feld));
    wartend.set(feld, setTimeout(() => zeigen(feld), 250));
  }

  formular.addEventListener("input", (ereignis) => beruehrt(ereignis.target));

  // --- drafts and presence -------------------------------------------------------------------
  async function melden() {
    if (fertig || laufend || document.hidden && !ungesichert) return;
    const daten = ungesichert ? new FormData(formular) : new FormData();
    if (!ungesichert) daten.append("bearbeitung", formular.elements.bearbeitung.value);
    const mitEntwurf = ungesichert;
    ungesichert = false;
    laufend = new AbortController();
    try {
      const antwort = await senden(formular.dataset.adresseEntwurf, daten, laufend.signal);
      if (antwort.redirected || antwort.status === 403) return await neuAngemeldet(mitEntwurf);
      if (!antwort.ok) throw new Error(String(antwort.status));
      const stand = await antwort.json();
      if (mitEntwurf && !ungesichert) lage.textContent = `als Entwurf gesichert um ${stand.gesichert} Uhr, noch nicht gespeichert`;
      const namen = stand.anwesend.length ? `Gerade auch hier: ${stand.anwesend.join(", ")}` : "";
      if (anwesend.textContent !== namen) anwesend.textContent = namen;
    } catch (fehler) {
      if (mitEntwurf) ungesichert = true;
      if (fehler.name !== "AbortError") lage.textContent = "Der Entwurf ließ sich nicht sichern – Ihre Eingaben stehen noch hier.";
    } finally {
      laufend = null;
    }
  }

  // Signed out, or out and in again in another tab: then the page's token is an old one.
  async function neuAngemeldet(mitEntwurf) {
    ungesichert = ungesichert || mitEntwurf;
    const seite = await fetch(location.pathname);
    const neues = new DOMParser().parseFromString(await seite.text(), "text/html");
    const zeichenfeld = neues.querySelector("#erfassung [name=csrfmiddlewaretoken]");
    if (zeichenfeld) {
      formular.elements.csrfmiddlewaretoken.value = zeichenfeld.value;
      return;
    }
    const anmelden = Object.assign(document.createElement("a"), { href: "/admin/login/", target: "_blank" });
    anmelden.textContent = "Melden Sie sich in einem neuen Tab an";
    lage.replaceChildren("Sie sind nicht mehr angemeldet. Ihre Eingaben stehen noch hier. ", anmelden, ", dann geht es hier weiter.");
  }

  setInterval(() => ungesichert && melden(), SICHERN_NACH);
  setInterval(melden, MELDEN_NACH);

  formular.addEventListener("submit", () => {
    fertig = true; // no draft may arrive behind what is being saved
    laufend?.abort();
  });
  addEventListener("pageshow", (ereignis) => ereignis.persisted && (fertig = false));
  addEventListener("beforeunload", (ereignis) => {
    if (geaendert && !fertig) ereignis.preventDefault();
  });

  // --- the keyboard --------------------------------------------------------------------------
  formular.addEventListener("keydown", (ereignis) => {
    if ((ereignis.ctrlKey || ereignis.metaKey) && ereignis.key === "s") {
      ereignis.preventDefault();
      formular.requestSubmit(formular.querySelector(".er-leiste [value=speichern]"));
    }
    const feld = ereignis.target;
    if (feld.tagName === "TEXTAREA" && ereignis.altKey && ["ArrowUp", "ArrowDown"].includes(ereignis.key)) {
      ereignis.preventDefault();
      zeileBewegen(feld, ereignis.key === "ArrowUp" ? -1 : 1);
    }
  });

  function zeileBewegen(feld, um) {
    const zeilen = feld.value.split("\n");
    const vor = feld.value.slice(0, feld.selectionStart).split("\n");
    const stelle = vor.length - 1;
    const spalte = vor[stelle].length;
    const ziel = stelle + um;
    if (ziel < 0 || ziel >= zeilen.length) return;
    [zeilen[stelle], zeilen[ziel]] = [zeilen[ziel], zeilen[stelle]];
    feld.value = zeilen.join("\n");
    const anfang = zeilen.slice(0, ziel).reduce((summe, zeile) => summe + zeile.length + 1, 0);
    feld.setSelectionRange(anfang + spalte, anfang + spalte);
    beruehrt(feld);
  }

  // --- drag and drop between Abschnitte --------------------------------------------------------
  let gezogen = null;

  function ziehbar(vorschau) {
    for (const punkt of vorschau.querySelectorAll("li[data-von]")) punkt.draggable = true;
  }

  const feldZu = (vorschau) => vorschau.closest(".er-abschnitt").querySelector("textarea");

  function markieren(vorschau, punkt) {
    for (const altes of formular.querySelectorAll(".er-hierhin, .er-offen")) altes.classList.remove("er-hierhin", "er-offen");
    vorschau?.classList.add("er-offen");
    punkt?.classList.add("er-hierhin");
  }

  formular.addEventListener("dragstart", (ereignis) => {
    const punkt = ereignis.target.closest?.("li[data-von]");
    if (!punkt) return;
    gezogen = punkt;
    ereignis.dataTransfer.effectAllowed = "move";
    ereignis.dataTransfer.setData("text/plain", punkt.textContent);
  });
  formular.addEventListener("dragover", (ereignis) => {
    const vorschau = ereignis.target.closest("[data-vorschau]");
    if (!gezogen || !vorschau) return;
    ereignis.preventDefault();
    markieren(vorschau, ereignis.target.closest("li[data-von]"));
  });
  formular.addEventListener("dragend", () => {
    gezogen = null;
    markieren();
  });
  formular.addEventListener("drop", (ereignis) => {
    const vorschau = ereignis.target.closest("[data-vorschau]");
    if (!gezogen || !vorschau) return;
    ereignis.preventDefault();
    const davor = ereignis.target.closest("li[data-von]");
    if (davor !== gezogen) verschieben(gezogen, feldZu(vorschau), davor);
    gezogen = null;
    markieren();
  });

  // Moves the lines of a statement; its page break in the Heft stays where it is.
  function verschieben(punkt, ziel, davor) {
    const quelle = feldZu(punkt);
    const von = Number(punkt.dataset.von);
    const bis = Number(punkt.dataset.bis);
    const zeilen = quelle.value.split("\n");
    const bewegte = zeilen.splice(von, bis - von);
    const zielzeilen = quelle === ziel ? zeilen : ziel.value.split("\n");
    while (zielzeilen.length && !davor && zielzeilen.at(-1) === "") zielzeilen.pop();
    let stelle = davor ? Number(davor.dataset.von) : zielzeilen.length;
    if (quelle === ziel && davor && stelle > von) stelle -= bewegte.length;
    zielzeilen.splice(stelle, 0, ...bewegte);
    quelle.value = zeilen.join("\n");
    ziel.value = zielzeilen.join("\n");
    for (const feld of new Set([quelle, ziel])) {
      beruehrt(feld);
      clearTimeout(wartend.get(feld));
      zeigen(feld);
    }
  }

  for (const vorschau of formular.querySelectorAll("[data-vorschau]")) ziehbar(vorschau);
  // After a button that changed the page the focus goes on where it changed.
  formular.querySelector("[data-ziel] input:not([type=hidden])")?.focus();
  document.querySelector(".er-formular [role=alert] button")?.focus();
})();
