// The flags page: a table kept live by server-sent events, edits guarded by the revision seen, and a cluster panel.
// All data reaches the page as textContent or input values, never as markup.

const flags = new Map(); // name -> flag as last told by the server
const editors = new Map(); // name -> open editor; NEW for the form of a new flag
const NEW = Symbol("new flag");
const NONE = 0; // the revision of a flag that does not exist

const byId = (id) => document.getElementById(id);
const part = (root, name) => root.querySelector(`[data-part="${name}"]`);
const fromTemplate = (id) => byId(id).content.firstElementChild.cloneNode(true);

// ---------------------------------------------------------------------------------------------------- the server

class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? body.title ?? `The server answered ${status}.`);
    this.status = status;
    this.current = body.current ?? null;
  }
}

async function call(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: { Accept: "application/json, application/problem+json", ...(body && { "Content-Type": "application/json" }) },
      body,
      cache: "no-store",
    });
  } catch {
    const effect = method === "GET" ? "" : " If you were saving, look at the flag again: the change may have been made.";
    throw new Problem(0, { detail: `This node does not answer.${effect}` });
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  throw new Problem(response.status, await response.json().catch(() => ({})));
}

const flagPath = (name) => `api/flags/${encodeURIComponent(name)}`;
const save = (name, { enabled, description, rollout }, revision) =>
  call("PUT", flagPath(name), JSON.stringify({ enabled, description, rollout, revision }));
const remove = (name, revision) => call("DELETE", `${flagPath(name)}?revision=${revision}`);

// ------------------------------------------------------------------------------------------------------- banners

function banner(kind, text) {
  const node = fromTemplate("banner");
  node.dataset.kind = kind;
  part(node, "text").textContent = text;
  part(node, "close").addEventListener("click", () => node.remove());
  const place = byId("banners");
  [...place.children].find((old) => part(old, "text").textContent === text)?.remove();
  place.prepend(node);
  while (place.children.length > 3) place.lastElementChild.remove();
}

function report(problem) {
  if (problem.status === 504) {
    banner("warning", `${problem.message} The table shows the outcome as soon as it is known.`);
  } else {
    banner("error", problem.message);
  }
}

// --------------------------------------------------------------------------------------------------------- table

function upsert(flag) {
  const known = flags.get(flag.name);
  if (!known || known.revision < flag.revision) show(flag, known !== undefined);
}

function show(flag, changed) {
  flags.set(flag.name, flag);
  const row = byName(flag.name) ?? insertRow(flag.name);
  fill(row, flag);
  if (changed && !row.classList.contains("editing")) flash(row);
  editors.get(flag.name)?.changedElsewhere(flag.revision);
  summarize();
}

function drop(name, revision) {
  const known = flags.get(name);
  if (!known || known.revision > revision) return;
  flags.delete(name);
  const editor = editors.get(name);
  if (editor) editor.changedElsewhere(revision);
  else byName(name)?.remove();
  summarize();
}

/** What a stream says first holds, whatever was known before: it may come from another node, or after a long time. */
function replaceAll(snapshot) {
  const names = new Set(snapshot.map((flag) => flag.name));
  for (const name of [...flags.keys()]) {
    if (!names.has(name)) drop(name, Infinity);
  }
  for (const flag of snapshot) show(flag, false);
  summarize();
}

const rows = () => byId("flags").tBodies[0];
const byName = (name) => [...rows().children].find((row) => row.dataset.name === name);

function insertRow(name) {
  const row = fromTemplate("flag-row");
  row.dataset.name = name;
  part(row, "enabled").addEventListener("change", (event) => toggle(name, event.target));
  part(row, "edit").addEventListener("click", () => edit(name));
  part(row, "delete").addEventListener("click", (event) => erase(name, event.target));
  rows().insertBefore(row, [...rows().children].find((other) => other.dataset.name > name) ?? null);
  return row;
}

function fill(row, flag) {
  if (row.classList.contains("editing")) return;
  const enabled = part(row, "enabled");
  enabled.checked = flag.enabled;
  enabled.setAttribute("aria-label", `${flag.name} is on`);
  part(row, "name").textContent = flag.name;
  part(row, "description").textContent = flag.description;
  part(row, "rollout").textContent = `${flag.rollout} %`;
  part(row, "revision").textContent = `rev. ${flag.revision}`;
  part(row, "edit").setAttribute("aria-label", `Edit ${flag.name}`);
  part(row, "delete").setAttribute("aria-label", `Delete ${flag.name}`);
}

function flash(row) {
  row.classList.remove("changed");
  void row.offsetWidth; // restarts the animation
  row.classList.add("changed");
}

function summarize() {
  byId("count").textContent = flags.size === 0 ? "" : `(${flags.size})`;
  byId("empty").hidden = flags.size > 0 || editors.has(NEW);
  byId("flags").hidden = flags.size === 0 && rows().children.length === 0;
}

async function toggle(name, box) {
  const seen = flags.get(name);
  const mine = { ...seen, enabled: box.checked };
  box.disabled = true;
  try {
    upsert(await save(name, mine, seen.revision));
  } catch (problem) {
    if (problem.status === 409) edit(name, mine).conflict(problem.current);
    else report(problem);
  } finally {
    box.disabled = false;
    box.checked = flags.get(name)?.enabled ?? false;
  }
}

async function erase(name, button) {
  const seen = flags.get(name);
  if (!seen || !confirm(`Delete the flag ${name}?`)) return;
  button.disabled = true;
  try {
    await remove(name, seen.revision);
    drop(name, Infinity);
  } catch (problem) {
    if (problem.status === 404) drop(name, Infinity);
    else if (problem.status === 409) {
      if (problem.current) upsert(problem.current);
      banner("warning", `${name} was not deleted: somebody changed it in the meantime. The table shows it as it is now.`);
    } else report(problem);
  } finally {
    button.disabled = false;
  }
}

// -------------------------------------------------------------------------------------------------------- editor

function edit(name, mine = flags.get(name)) {
  if (editors.has(name)) return editors.get(name);
  const row = byName(name) ?? insertRow(name);
  const kept = [...row.children];
  const cell = document.createElement("td");
  cell.colSpan = kept.length;
  const title = document.createElement("span");
  title.className = "name";
  title.textContent = name;
  const editor = new Editor(name, mine, flags.get(name)?.revision ?? NONE, () => {
    editors.delete(name);
    row.classList.remove("editing");
    row.replaceChildren(...kept);
    const flag = flags.get(name);
    if (flag) fill(row, flag);
    else row.remove();
    summarize();
    part(row, "edit").focus();
  });
  cell.append(title, editor.form);
  row.classList.add("editing");
  row.replaceChildren(cell);
  editors.set(name, editor);
  editor.focus();
  return editor;
}

function editNew() {
  if (!editors.has(NEW)) {
    const editor = new Editor(NEW, { enabled: false, description: "", rollout: 100 }, NONE, () => {
      editors.delete(NEW);
      byId("new-flag-place").replaceChildren();
      summarize();
      byId("new-flag").focus();
    });
    byId("new-flag-place").replaceChildren(editor.form);
    editors.set(NEW, editor);
  }
  editors.get(NEW).focus();
  summarize();
}

/** One form over one flag. `revision` is what its user has seen: a save goes through only if nobody changed it since. */
class Editor {
  constructor(name, flag, revision, close) {
    this.name = name;
    this.revision = revision;
    this.close = close;
    this.form = fromTemplate("editor");
    part(this.form, "name-field").hidden = name !== NEW;
    this.form.elements.description.value = flag.description;
    this.form.elements.rollout.value = flag.rollout;
    this.form.elements.enabled.checked = flag.enabled;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    part(this.form, "cancel").addEventListener("click", () => this.close());
    part(this.form, "take-theirs").addEventListener("click", () => this.close());
    part(this.form, "keep-mine").addEventListener("click", () => this.save());
  }

  focus() {
    const { name, description } = this.form.elements;
    (this.name === NEW ? name : description).focus();
  }

  values() {
    const { description, rollout, enabled } = this.form.elements;
    return { enabled: enabled.checked, description: description.value, rollout: rollout.value === "" ? null : Number(rollout.value) };
  }

  changedElsewhere(revision) {
    part(this.form, "changed").hidden = revision <= this.revision || this.saving || !part(this.form, "conflict").hidden;
  }

  async save() {
    const name = this.name === NEW ? this.form.elements.name.value.trim() : this.name;
    if (name === "") return this.problem("Give the flag a name.");
    this.problem(null);
    this.busy(true);
    const failure = await save(name, this.values(), this.revision).then(upsert, (problem) => problem);
    this.busy(false);
    if (!failure) this.close();
    else if (failure.status === 409) this.conflict(failure.current);
    else if (failure.status === 400 || failure.status === 413) this.problem(failure.message);
    else report(failure);
  }

  /** Shows both versions. Whatever the user chooses is again guarded, now by the revision shown here. */
  conflict(theirs) {
    const mine = this.values();
    this.revision = theirs?.revision ?? NONE;
    if (theirs) upsert(theirs);
    const onOff = (flag) => (flag.enabled ? "on" : "off");
    const lines = theirs
      ? [
          ["Enabled", onOff(mine), onOff(theirs)],
          ["Description", mine.description, theirs.description],
          ["Rollout", `${mine.rollout} %`, `${theirs.rollout} %`],
        ]
      : [["Flag", "as edited above", "deleted"]];
    part(this.form, "versions").replaceChildren(...lines.map(versionRow));
    part(this.form, "changed").hidden = true;
    part(this.form, "form-actions").hidden = true;
    part(this.form, "conflict").hidden = false;
    part(this.form, "keep-mine").focus();
  }

  problem(text) {
    const place = part(this.form, "problem");
    place.hidden = text === null;
    place.textContent = text ?? "";
  }

  busy(saving) {
    this.saving = saving;
    for (const button of this.form.querySelectorAll("button")) button.disabled = saving;
  }
}

function versionRow([label, mine, theirs]) {
  const row = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = label;
  row.append(head, ...[mine, theirs].map(textCell));
  row.classList.toggle("differs", mine !== theirs);
  return row;
}

function textCell(text) {
  const cell = document.createElement("td");
  cell.textContent = text;
  return cell;
}

// -------------------------------------------------------------------------------------------------------- import

async function importFile(file) {
  try {
    const result = await call("POST", "api/flags/import", await file.text());
    banner(result.conflicting.length + result.invalid.length + result.unfinished.length === 0 ? "info" : "warning", importSummary(result));
  } catch (problem) {
    report(problem);
  }
}

function importSummary({ imported, unchanged, conflicting, invalid, unfinished }) {
  const lines = [`Imported: ${imported.length}.`];
  if (unchanged.length > 0) lines.push(`Already the same: ${unchanged.length}.`);
  if (conflicting.length > 0) lines.push(`Left alone, because they exist with other values: ${conflicting.map((flag) => flag.name).join(", ")}.`);
  for (const flaw of invalid) lines.push(`Not valid: ${flaw.name ?? `entry ${flaw.position}`}: ${flaw.reason}`);
  if (unfinished.length > 0) {
    lines.push(`Not finished: ${unfinished.map((flag) => flag.name).join(", ")}. ${unfinished[0].reason} Importing the same file again is safe.`);
  }
  return lines.join("\n");
}

// -------------------------------------------------------------------------------------------------- live updates

function follow() {
  const live = byId("live");
  const state = (name, text) => {
    live.dataset.state = name;
    live.textContent = text;
  };
  const stream = new EventSource("api/flags/stream");
  const on = (type, handle) => stream.addEventListener(type, (event) => handle(JSON.parse(event.data)));
  on("snapshot", (snapshot) => {
    replaceAll(snapshot);
    state("live", "Live");
  });
  on("put", upsert);
  on("delete", (gone) => drop(gone.name, gone.revision));
  stream.addEventListener("error", () => {
    state("connecting", "Reconnecting…");
    // A browser retries a broken stream by itself, but gives up for good when the server answers with an error status.
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, 2000);
  });
}

// ------------------------------------------------------------------------------------------------------- cluster

const CLUSTER_EVERY_MILLIS = 2000;

async function watchCluster() {
  if (!document.hidden) {
    try {
      showCluster(await call("GET", "api/cluster"));
    } catch (problem) {
      byId("cluster-summary").textContent = problem.message;
    }
  }
  setTimeout(watchCluster, CLUSTER_EVERY_MILLIS);
}

function showCluster(cluster) {
  const leader = cluster.leader === null ? "no leader" : `leader: node ${cluster.leader}`;
  const trouble = cluster.detail === "" ? "" : ` · ${cluster.detail}`;
  byId("cluster-summary").textContent = `this is node ${cluster.node} · ${leader} · term ${cluster.term}${trouble}`;
  byId("nodes").replaceChildren(...cluster.nodes.map((node) => nodeCard(node, cluster)));
}

function nodeCard(node, cluster) {
  const here = node.id === cluster.node;
  const card = document.createElement("li");
  card.classList.toggle("this", here);
  const title = element("div", "title");
  const name = element("span");
  name.append(element("strong", "", `Node ${node.id}`), here ? " · this node" : "");
  const role = element("span", "role", node.role);
  role.dataset.role = node.role;
  title.append(name, role);
  card.append(title, element("p", "facts", node.address || "embedded, listens nowhere"), element("p", "facts", lagText(node, cluster)));
  return card;
}

function lagText(node, cluster) {
  if (node.lag !== null) return node.lag === 0 ? "up to date" : `${node.lag} ${node.lag === 1 ? "entry" : "entries"} behind`;
  return cluster.leader === null ? "lag unknown without a leader" : `lag known to node ${cluster.leader}`;
}

function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

// --------------------------------------------------------------------------------------------------------- start

byId("new-flag").addEventListener("click", editNew);
byId("import").addEventListener("click", () => byId("import-file").click());
byId("import-file").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  if (file) await importFile(file);
  event.target.value = "";
});
follow();
watchCluster();
