// Refreshes the page while it may change; keeps scroll position, focus, open details and input in progress.
(() => {
  const every = Number(document.body.dataset.live || 0);
  if (!every) return;
  const seen = document.getElementById("seen");
  let last = seen.innerHTML;

  async function refresh() {
    if (document.hidden) return true;
    const main = document.getElementById("main"), at = document.activeElement;
    if (main.contains(at) && at.matches("input, select, textarea")) return true;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(10000) });
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const open = new Set([...main.querySelectorAll("details[open][id]")].map(details => details.id));
    const links = [...main.querySelectorAll("a, button, summary")], focused = links.indexOf(at);
    const fresh = next.getElementById("main");
    for (const details of fresh.querySelectorAll("details[id]")) details.open = open.has(details.id);
    // Unchanged content is not replaced.
    if (fresh.innerHTML !== main.innerHTML) {
      main.replaceChildren(...fresh.childNodes);
      if (focused >= 0) main.querySelectorAll("a, button, summary")[focused]?.focus({ preventScroll: true });
    }
    seen.innerHTML = last = next.getElementById("seen").innerHTML;
    seen.className = "";
    return next.body.dataset.live !== undefined;
  }

  async function live() {
    let goes = true;
    try {
      goes = await refresh();
    } catch {
      seen.innerHTML = "The server does not answer. " + last;
      seen.className = "lost";
    }
    if (goes) setTimeout(live, every);
  }

  setTimeout(live, every);
})();
