// Shows one element of Elsa Studio at a time and gives each an address. A function, since the Studio's own scripts declare short names globally.
(() => {
  const base = "/studio/", api = location.origin + "/elsa/api", hubs = location.origin + "/elsa/hubs";
  const views = [
    { at: /^definitions\/([^/]+)$/, tag: "elsa-workflow-definition-editor", id: "definition-id", title: id => id, beside: id => [["Its runs", "/?workflow=" + encodeURIComponent(id)]] },
    { at: /^definitions\/?$/, tag: "elsa-workflow-definition-list", title: () => "Definitions", events: { editWorkflowDefinition: id => open("definitions/", id) } },
    { at: /^instances\/([^/]+)$/, tag: "elsa-workflow-instance-viewer", id: "instance-id", title: id => "Instance " + id, beside: id => [["Attempts, log, lineage, rerun", "/runs/" + encodeURIComponent(id)]],
      events: { editWorkflowDefinition: id => open("definitions/", id) } },
    { at: /^instances\/?$/, tag: "elsa-workflow-instance-list", title: () => "Instances", events: { viewWorkflowInstance: id => open("instances/", id) } },
  ];
  let shown = null;

  // What the elements say is an id, or an object that holds one.
  const idOf = said => typeof said === "string" ? said : said?.definitionId ?? said?.id ?? said?.detail ?? "";
  const link = (text, href) => Object.assign(document.createElement("a"), { textContent: text, href });

  function open(folder, said) {
    const id = idOf(said);
    if (id) go(base + folder + encodeURIComponent(id));
  }

  function go(address) {
    history.pushState(null, "", address);
    show();
  }

  async function show() {
    const path = location.pathname;
    if (shown === path) return;
    shown = path;
    const place = path.slice(base.length), view = views.find(known => known.at.test(place)) ?? views[1];
    const id = decodeURIComponent(view.at.exec(place)?.[1] ?? "");
    for (const a of document.querySelectorAll("a[data-view]")) {
      if (place.startsWith(a.pathname.slice(base.length))) a.setAttribute("aria-current", "page");
      else a.removeAttribute("aria-current");
    }
    document.title = view.title(id) + " · Studio · Orchestrator";
    document.getElementById("beside").replaceChildren(...(view.beside?.(id) ?? []).map(([text, href]) => link(text, href)));
    say(null);
    await customElements.whenDefined(view.tag);
    if (shown !== path) return;
    const element = document.createElement(view.tag);
    element.setAttribute("remote-endpoint", api);
    if (document.body.dataset.accessToken) element.setAttribute("access-token", document.body.dataset.accessToken);
    if (view.id) element.setAttribute(view.id, id);
    // Properties count only from when the element is what it is going to be.
    for (const [name, does] of Object.entries(view.events ?? {})) element[name] = does;
    document.getElementById("studio").replaceChildren(element);
  }

  function say(...parts) {
    const notice = document.getElementById("notice");
    notice.hidden = parts[0] === null;
    notice.className = "";
    notice.replaceChildren(...parts.filter(part => part !== null));
    return notice;
  }

  // The editor tells nobody which run it started, and no element what to do when a login ends: both are in the answers.
  const ask = window.fetch;
  window.fetch = async (what, ...rest) => {
    const answer = await ask.call(window, what, ...rest);
    const address = typeof what === "string" ? what : what?.url ?? String(what);
    if (address.startsWith(api) || address.startsWith(hubs)) {
      const run = answer.headers.get("x-elsa-workflow-instance-id");
      if (run && /\/(execute|dispatch)$/.test(new URL(address).pathname)) {
        const to = link("See it run", base + "instances/" + run);
        to.dataset.view = "";
        say("The run has started. ", to);
      }
      if (answer.status === 401) say("Your login has ended. ", link("Log in again", "/login?return=" + encodeURIComponent(location.pathname))).className = "bad";
    }
    return answer;
  };

  addEventListener("popstate", show);
  addEventListener("click", event => {
    const a = event.target.closest?.("a[data-view]");
    if (!a || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(a.href);
  });
  addEventListener("DOMContentLoaded", show);
})();
