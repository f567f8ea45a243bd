// Shows the element of Elsa Studio that belongs to the address. Another view is another page: two elements cannot be there at once (each brings its own
// overlays), and the first ends only a while after it was removed. A function, since the Studio's own scripts declare short names globally.
(() => {
  const base = "/studio/", api = location.origin + "/elsa/api", hubs = location.origin + "/elsa/hubs";
  const runFormOf = id => base + "definitions/" + encodeURIComponent(id) + "/run";
  const views = [
    { at: /^definitions\/([^/]+)$/, tag: "elsa-workflow-definition-editor", id: "definition-id", title: id => id,
      beside: id => [["Run for a month…", runFormOf(id)], ["Runs of this workflow", "/?workflow=" + encodeURIComponent(id)]] },
    { at: /^definitions\/?$/, tag: "elsa-workflow-definition-list", title: () => "Definitions", events: { editWorkflowDefinition: id => open("definitions/", id) } },
    { at: /^instances\/([^/]+)$/, tag: "elsa-workflow-instance-viewer", id: "instance-id", title: id => "Instance " + id, beside: id => [["Attempts, log, lineage, rerun", "/runs/" + encodeURIComponent(id)]],
      events: { editWorkflowDefinition: id => open("definitions/", id) } },
    { at: /^instances\/?$/, tag: "elsa-workflow-instance-list", title: () => "Instances", events: { viewWorkflowInstance: id => open("instances/", id) } },
  ];
  // What the elements say is an id, or an object that holds one.
  const idOf = said => typeof said === "string" ? said : said?.definitionId ?? said?.id ?? said?.detail ?? "";
  const link = (text, href) => Object.assign(document.createElement("a"), { textContent: text, href });
  const token = () => document.body.dataset.accessToken;

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
    sayAgain();
    await customElements.whenDefined(view.tag);
    const element = document.createElement(view.tag);
    element.setAttribute("remote-endpoint", api);
    if (token()) element.setAttribute("access-token", token());
    if (view.id) element.setAttribute(view.id, id);
    // Properties count only from when the element is what it is going to be.
    for (const [name, does] of Object.entries(view.events ?? {})) element[name] = does;
    document.getElementById("studio").replaceChildren(element);
    look(element);
  }

  function say(kind, ...parts) {
    const notice = document.getElementById("notice");
    notice.hidden = false;
    notice.className = kind;
    notice.replaceChildren(...parts);
  }

  // What is said before a page is loaded again is seen on it.
  function sayAfterLoading(kind, text) {
    sessionStorage.setItem("notice", JSON.stringify([kind, text]));
    location.reload();
  }

  function sayAgain() {
    const kept = sessionStorage.getItem("notice");
    sessionStorage.removeItem("notice");
    if (kept) say(...JSON.parse(kept));
  }

  // What may go wrong in a workflow that was published all the same; the Studio itself shows errors only.
  async function warn(answer) {
    const text = await answer.text(), found = text.lastIndexOf('"validationErrors":[{') < 0 ? [] : JSON.parse(text).validationErrors ?? [];
    const rest = found.length > 3 ? ` And ${found.length - 3} more.` : "";
    if (found.length > 0) say("warning", `Published, but it may fail: ${found.slice(0, 3).map(error => error.message).join(" ")}${rest}`);
    else document.querySelector("#notice.warning")?.setAttribute("hidden", "");
  }

  // Why an answer is a refusal, in the server's words.
  async function reasonOf(answer) {
    if (answer.status === 403) return "Your account may not do that: it needs a role that allows it.";
    if (answer.status === 404) return "There is no such workflow any more, or no version of it that can run.";
    const body = await answer.clone().json().catch(() => ({}));
    return (body.errors?.generalErrors ?? [body.detail ?? body.message ?? `The server answered ${answer.status}.`]).join(" ");
  }

  // The editor takes any run that began for a success, and leads to an address that only a whole Studio has: our notice says what became of it.
  async function report(answer, id) {
    const run = answer.headers.get("x-elsa-workflow-instance-id"), seen = link("See it run", base + "instances/" + run), headers = new Headers(answer.headers);
    if (run && answer.ok) say("", "The run has started. ", seen);
    else if (run) {
      const state = (await answer.clone().json().catch(() => ({}))).workflowState;
      seen.textContent = "See what happened";
      say("bad", `The run failed at once: ${state?.incidents?.[0]?.message ?? "its page says why."} `, seen);
    }
    else say("bad", `Nothing was started. ${await reasonOf(answer)} `, link("Run for a month…", runFormOf(id)));
    headers.delete("x-elsa-workflow-instance-id");
    headers.set("x-elsa-workflow-cannot-start", answer.ok ? "False" : "True");
    return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
  }

  const ask = window.fetch;
  window.fetch = async (what, init, ...rest) => {
    const address = typeof what === "string" ? what : what?.url ?? String(what), method = init?.method ?? what?.method ?? "GET";
    if (!address.startsWith(api) && !address.startsWith(hubs)) return ask.call(window, what, init, ...rest);
    const path = new URL(address).pathname, started = method === "POST" && /\/workflow-definitions\/([^/]+)\/(execute|dispatch)$/.exec(path);
    if (started) {
      // Its button asks for no month: the server is to refuse rather than to choose one.
      const headers = new Headers(init?.headers ?? what?.headers);
      headers.set("x-orchestrator-month", "ask");
      init = { ...init, headers };
    }
    const answer = await ask.call(window, what, init, ...rest);
    if (answer.status === 401) say("bad", "Your login has ended. ", link("Log in again", "/login?return=" + encodeURIComponent(location.pathname)));
    else if (started) return report(answer, decodeURIComponent(started[1]));
    else if (answer.status === 403 && method !== "GET") say("bad", await reasonOf(answer));
    else if (answer.ok && method === "POST" && /\/workflow-definitions(\/[^/]+\/publish)?$/.test(path)) warn(answer.clone());
    return answer;
  };

  // The Studio reads files itself, and takes only those that say what they are in a way of its own: the server takes every definition, and says why not.
  async function importFiles(input) {
    const form = new FormData(), count = input.files.length, id = views[0].at.exec(location.pathname.slice(base.length))?.[1];
    for (const file of input.files) form.append("files", file, file.name);
    input.value = "";
    say("", count === 1 ? "The file is sent …" : "The files are sent …");
    const answer = await ask.call(window, `${api}/workflow-definitions/import-files${id ? "?as=" + id : ""}`,
      { method: "POST", body: form, headers: token() ? { authorization: "Bearer " + token() } : {} });
    if (!answer.ok) say("bad", `Not imported: ${await reasonOf(answer)}`);
    else {
      const imported = (await answer.json()).count;
      sayAfterLoading("", `${imported} ${imported === 1 ? "workflow" : "workflows"} imported.`);
    }
  }

  addEventListener("change", event => {
    if (!event.target.matches?.("#workflow-file-upload-button-wrapper input[type=file]") || event.target.files.length === 0) return;
    event.stopImmediatePropagation();
    importFiles(event.target).catch(() => say("bad", "The server does not answer, so nothing was imported."));
  }, { capture: true });

  // What nobody can set from outside: a whole graph is in view when it opens, and a name is not written twice.
  function look(element) {
    let fitted = false, soon = 0;
    const isWithin = (inner, outer) => inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top && inner.bottom <= outer.bottom;

    function settle() {
      for (const content of element.querySelectorAll(".activity-content")) {
        const [label, type] = [".activity-label", ".activity-type"].map(part => content.querySelector(part)?.textContent.trim().toLowerCase());
        content.classList.toggle("once", label === type);
      }
      const graph = element.querySelector(".x6-graph"), nodes = [...element.querySelectorAll(".x6-node")];
      if (fitted || !graph || nodes.length === 0) return;
      fitted = true;
      const frame = graph.getBoundingClientRect();
      if (!nodes.every(node => isWithin(node.getBoundingClientRect(), frame))) element.querySelector("[role=toolbar] button")?.click();
    }

    new MutationObserver(() => { clearTimeout(soon); soon = setTimeout(settle, 250); }).observe(element, { childList: true, subtree: true });
  }

  addEventListener("DOMContentLoaded", show);
})();
