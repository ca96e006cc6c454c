// The search of a static archive: looks through VERZEICHNIS (suchverzeichnis.js), which comes as a script because
// browsers read no data from a folder. Umlauts, ß and hyphens are written out, endings of long words left off.

const AUSGESCHRIEBEN = { ä: "ae", ö: "oe", ü: "ue", ß: "ss", "\u0308": "e" };
const ENDUNG = /(en|er|es|e|n|s)$/;
const HOECHSTENS = 200;

// The folded text, and for each of its characters where it came from, so that what was found can be marked.
function gefaltet(text) {
  let ergebnis = "";
  const herkunft = [];
  let stelle = 0;
  for (const zeichen of text) {
    const klein = zeichen.toLowerCase();
    const gleich = AUSGESCHRIEBEN[klein] ?? (/[-‐‑–—\s]/.test(klein) ? " " : klein.normalize("NFD").replace(/\p{M}/gu, ""));
    for (const eines of gleich) {
      ergebnis += eines;
      herkunft.push(...Array(eines.length).fill(stelle));
    }
    stelle += zeichen.length;
  }
  return { text: ergebnis, herkunft: [...herkunft, stelle] };
}

// What has to occur, and what must not (-word); several words in quotes as they follow each other.
function gelesen(anfrage) {
  const gesucht = [];
  const ohne = [];
  for (const [, minus, folge, wort] of anfrage.matchAll(/(?<!\S)(-?)(?:["„“”]([^"„“”]*)["„“”]|([^\s"„“”]+))/g)) {
    const text = gefaltet(folge ?? wort).text.replace(/^[\s.,;]+|[\s.,;]+$/g, "");
    const stamm = folge === undefined && text.length > 5 ? text.replace(ENDUNG, "") : text;
    if (stamm) (minus ? ohne : gesucht).push(stamm);
  }
  return { gesucht, ohne };
}

function markiert(text, gesucht) {
  const { text: faltung, herkunft } = gefaltet(text);
  const marken = new Set();
  for (const wort of gesucht) {
    for (let i = faltung.indexOf(wort); i >= 0; i = faltung.indexOf(wort, i + 1)) {
      // Up to the end of the word, if that is no more than an ending away.
      const rest = faltung.slice(i + wort.length).match(/^[a-z]{0,2}(?![a-z])/)?.[0].length ?? 0;
      const ende = Math.max(herkunft[i + wort.length + rest], herkunft[i + wort.length + rest - 1] + 1);
      for (let j = herkunft[i]; j < ende; j++) marken.add(j);
    }
  }
  const teil = document.createDocumentFragment();
  for (let i = 0; i < text.length; ) {
    let ende = i + 1;
    while (ende < text.length && marken.has(ende) === marken.has(i)) ende++;
    const stueck = text.slice(i, ende);
    if (marken.has(i)) {
      const marke = document.createElement("mark");
      marke.textContent = stueck;
      teil.append(marke);
    } else {
      teil.append(stueck);
    }
    i = ende;
  }
  return teil;
}

function suchen(anfrage) {
  const { gesucht, ohne } = gelesen(anfrage);
  const liste = document.getElementById("treffer");
  const anzahl = document.getElementById("anzahl");
  liste.replaceChildren();
  if (!gesucht.length) {
    anzahl.textContent = anfrage.trim() ? "Schreiben Sie mindestens ein Wort, das vorkommen soll." : "";
    return;
  }
  const treffer = VERZEICHNIS.filter(([, ort, text]) => {
    const alles = gefaltet(`${ort} ${text}`).text;
    return gesucht.every((wort) => alles.includes(wort)) && !ohne.some((wort) => alles.includes(wort));
  });
  const mehr = treffer.length > HOECHSTENS ? `, die ersten ${HOECHSTENS} davon` : "";
  const rat = treffer.length ? "" : ". Versuchen Sie weniger Wörter oder nur ihren Anfang: „fehl“ findet „fehlen“ und „fehlende“";
  anzahl.textContent = `${treffer.length} ${treffer.length === 1 ? "Fundstelle" : "Fundstellen"}${mehr}${rat}`;
  for (const [ziel, ort, text] of treffer.slice(0, HOECHSTENS)) {
    const eintrag = document.createElement("li");
    const verweis = document.createElement("a");
    verweis.href = ziel;
    verweis.append(markiert(ort, gesucht));
    const absatz = document.createElement("p");
    absatz.append(markiert(text, gesucht));
    eintrag.append(verweis, absatz);
    liste.append(eintrag);
  }
}

document.getElementById("ohne-skript").remove();
const feld = document.getElementById("q");
document.getElementById("suche").addEventListener("submit", (ereignis) => {
  ereignis.preventDefault();
  suchen(feld.value);
});
// suche.html?q=… can be kept as a bookmark.
feld.value = new URLSearchParams(location.search).get("q") ?? "";
suchen(feld.value);
