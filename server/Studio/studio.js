// Shows the element of Elsa Studio that belongs to the address. Another view is another page: two elements cannot be there at once (each brings its own
// overlays), and the first ends only a while after it was removed. A function, since the Studio's own scripts declare short names globally.
(() => {
  const base = "/studio/", api = location.origin + "/elsa/api", hubs = location.origin + "/elsa/hubs";
  const views = [
    { at: /^definitions\/([^/]+)$/, tag: "elsa-workflow-definition-editor", id: "definition-id", title: id => id, beside: id => [["Its runs", "/?workflow=" + encodeURIComponent(id)]] },
    { at: /^definitions\/?$/, tag: "elsa-workflow-definition-list", title: () => "Definitions", events: { editWorkflowDefinition: id => open("definitions/", id) } },
    { at: /^instances\/([^/]+)$/, tag: "elsa-workflow-instance-viewer", id: "instance-id", title: id => "Instance " + id, beside: id => [["Attempts, log, lineage, rerun", "/runs/" + encodeURIComponent(id)]],
      events: { editWorkflowDefinition: id => open("definitions/", id) } },
    { at: /^instances\/?$/, tag: "elsa-workflow-instance-list", title: () => "Instances", events: { viewWorkflowInstance: id => open("instances/", id) } },
  ];
  // What the elements say is an id, or an object that holds one.
  const idOf = said => typeof said === "string" ? said : said?.definitionId ?? said?.id ?? said?.detail ?? "";
  const link = (text, href) => Object.assign(document.createElement("a"), { textContent: text, href });

  function open(folder, said) {
    const id = idOf(said);
    if (id) location.assign(base + folder + encodeURIComponent(id));
  }

  async function show() {
    const place = location.pathname.slice(base.length), view = views.find(known => known.at.test(place)) ?? views[1];
    const id = decodeURIComponent(view.at.exec(place)?.[1] ?? "");
    for (const a of document.querySelectorAll(".top nav a"))
      if (location.pathname.startsWith(a.pathname) && a.pathname.startsWith(base)) a.setAttribute("aria-current", "page");
    document.title = view.title(id) + " · Studio · Orchestrator";
    document.getElementById("beside").replaceChildren(...(view.beside?.(id) ?? []).map(([text, href]) => link(text, href)));
    await customElements.whenDefined(view.tag);
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
    notice.hidden = false;
    notice.className = "";
    notice.replaceChildren(...parts);
    return notice;
  }

  // What may go wrong in a workflow that was published all the same; the Studio itself shows errors only.
  async function warn(answer) {
    const text = await answer.text(), found = text.lastIndexOf('"validationErrors":[{') < 0 ? [] : JSON.parse(text).validationErrors ?? [];
    const rest = found.length > 3 ? ` And ${found.length - 3} more.` : "";
    if (found.length > 0) say(`Published, but it may fail: ${found.slice(0, 3).map(error => error.message).join(" ")}${rest}`).className = "warning";
    else document.querySelector("#notice.warning")?.setAttribute("hidden", "");
  }

  // The editor tells nobody which run it started, and no element what to do when a login ends: both are in the answers, as is what may go wrong.
  const ask = window.fetch;
  window.fetch = async (what, ...rest) => {
    const answer = await ask.call(window, what, ...rest);
    const address = typeof what === "string" ? what : what?.url ?? String(what);
    if (address.startsWith(api) || address.startsWith(hubs)) {
      const run = answer.headers.get("x-elsa-workflow-instance-id"), path = new URL(address).pathname;
      if (answer.ok && (rest[0]?.method ?? what?.method) === "POST" && /\/workflow-definitions(\/[^/]+\/publish)?$/.test(path)) warn(answer.clone());
      if (run && /\/(execute|dispatch)$/.test(path)) say("The run has started. ", link("See it run", base + "instances/" + run));
      if (answer.status === 401) say("Your login has ended. ", link("Log in again", "/login?return=" + encodeURIComponent(location.pathname))).className = "bad";
    }
    return answer;
  };

  addEventListener("DOMContentLoaded", show);
})();
