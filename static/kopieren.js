// A click on a Kennung also copies the statement's permanent address, besides leading to the statement.
// Without this script the Kennung is a plain link to that address.

// One live region says what happened, so that screen readers hear it wherever the link stands.
const ansage = document.createElement("p");
ansage.className = "kern-sr-only";
ansage.setAttribute("role", "status");
document.body.append(ansage);

document.addEventListener("click", async (ereignis) => {
  const verweis = ereignis.target.closest(".kd-aeusserung__kennung");
  const mitTaste = ereignis.ctrlKey || ereignis.metaKey || ereignis.shiftKey || ereignis.altKey;
  // Without https there is no clipboard: then the link is followed as usual.
  if (!verweis || mitTaste || !navigator.clipboard) return;
  ereignis.preventDefault();
  location.hash = verweis.closest(".kd-aeusserung").id;
  try {
    await navigator.clipboard.writeText(verweis.href);
  } catch {
    location.href = verweis.href;
    return;
  }
  verweis.classList.add("kd-aeusserung__kennung--kopiert");
  ansage.textContent = `Adresse kopiert: ${verweis.href}`;
  setTimeout(() => {
    verweis.classList.remove("kd-aeusserung__kennung--kopiert");
    ansage.textContent = "";
  }, 3000);
});
