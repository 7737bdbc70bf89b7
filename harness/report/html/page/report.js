// The page around the trace: which one is shown, filters, the event in full, copying, printing.

const TIMES = ["at", "arrived", "earliest", "meant", "sent", "asked", "granted_at"];

const $ = (id) => document.getElementById(id);

function pretty(text) {
  try {
    const value = JSON.parse(text);
    if (value && typeof value === "object" && typeof value.data === "string") {
      try { value.data = JSON.parse(value.data); value["data was"] = "a JSON string"; } catch { /* it is plain text */ }
    }
    return JSON.stringify(value, null, 2);
  } catch { return text; }
}

function detail(row) {
  const box = $("trace-detail"), payloads = ["raw", "body", "text"];
  box.replaceChildren();
  const title = element("h3", "", box);
  title.append(row.time ? row.time + " " : "", row.says);
  if (row.inferred) element("p", "Nobody saw this: it follows from the frame below it.", box);
  const event = row.event || {}, list = element("dl", undefined, box);
  for (const [name, value] of Object.entries(event)) {
    if (payloads.includes(name) && value) continue;
    element("dt", name, list);
    const isTime = TIMES.includes(name) && Number.isInteger(value) && value > 0;
    const shown = element("bdi", isTime ? `${(value / 1e9).toFixed(6)} s` : visible(typeof value === "string" ? value : JSON.stringify(value)));
    element("dd", undefined, list).append(shown);
  }
  for (const name of payloads.filter((one) => event[one])) {
    element("h4", name, box);
    const block = element("pre", visible(pretty(event[name])), box);
    block.dir = "auto";
  }
  box.scrollTop = 0;
}

function fill(select, names) {
  select.replaceChildren(select.options[0], ...names.map((name) => {
    const option = element("option", isolated(name));
    option.value = name;
    return option;
  }));
}

class Viewer {
  constructor(index) {
    this.index = index;
    const parts = { scroll: $("trace-scroll"), svg: $("trace-svg"), heads: $("trace-heads"), overview: $("trace-overview"), detail: $("trace-detail") };
    this.picture = new Picture(parts, detail);
    index.entries.forEach((entry, number) => {
      const example = entry.of > 1 ? ` (${entry.number} of ${entry.of})` : "";
      element("option", `${entry.verdict || "unfinished"} ${isolated(entry.test)}${example}`, $("trace-which")).value = number;
    });
    $("trace-which").addEventListener("change", () => this.open(Number($("trace-which").value)));
    for (const id of ["trace-who", "trace-channel", "trace-kind"]) $(id).addEventListener("change", () => this.filter());
    for (const [id, factor] of [["zoom-in", 0.5], ["zoom-out", 2], ["zoom-all", 0]]) $(id).addEventListener("click", () => this.picture.zoom(factor));
    $("trace-detail").addEventListener("keydown", (event) => { if (event.key === "Escape") $("trace-scroll").focus(); });
    const tell = this.picture.apply.bind(this.picture);
    this.picture.apply = (filter) => { tell(filter); this.range(); };
  }

  async open(number, wanted) {
    const entry = this.index.entries[number], trace = await unpacked($(entry.block));
    $("trace-which").value = number;
    for (const id of ["trace-who", "trace-channel", "trace-kind"]) $(id).value = "";
    fill($("trace-who"), [...new Set(trace.lanes.map((one) => one.who).filter(Boolean))]);
    fill($("trace-channel"), [...new Set(trace.rows.map((one) => one.channel).filter(Boolean))]);
    $("trace-detail").replaceChildren(element("p", "Choose an event to see all of it."));
    this.picture.open(trace, wanted);
    const told = [`${trace.kept.toLocaleString("en")} events`];
    if (trace.total > trace.kept) told.push(`${(trace.total - trace.kept).toLocaleString("en")} more, in history.jsonl`);
    if (this.index.left_out) told.push(`${this.index.left_out.toLocaleString("en")} traces of other tests are left out here, their events stand in history.jsonl`);
    $("trace-told").textContent = told.join("; ") + ".";
  }

  filter() {
    const who = $("trace-who").value, channel = $("trace-channel").value, kind = $("trace-kind").value;
    this.picture.apply((row) => (!who || row.who === who) && (!channel || row.channel === channel) && (!kind || row.kind === kind));
  }

  range() {
    const [low, high] = this.picture.range, count = this.picture.shown.length;
    $("zoom-range").textContent = `${((high - low) / 1e6).toFixed(1)} ms, ${count} shown`;
  }

  find(anchor, wanted) {
    const holds = (one) => one.anchor === anchor && (!wanted || (one.first <= wanted && wanted <= one.last));
    return this.index.entries.findIndex(holds);
  }
}

function openAncestors() {
  const place = location.hash.length > 1 && $(decodeURIComponent(location.hash.slice(1)));
  for (let one = place; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
}

async function copy(button) {
  const code = button.parentElement.querySelector("code");
  try { await navigator.clipboard.writeText(code.textContent); button.textContent = "Copied"; } catch {
    getSelection().selectAllChildren(code);
    button.textContent = "Selected";
  }
}

function start() {
  document.documentElement.classList.add("scripted");
  const index = JSON.parse($("traces").textContent);
  const viewer = index.entries.length ? new Viewer(index) : null;
  for (const button of document.querySelectorAll(".open-trace")) {
    const wanted = Number(button.dataset.event), found = viewer ? viewer.find(button.dataset.anchor, wanted) : -1;
    button.hidden = found < 0;
    button.addEventListener("click", async () => {
      await viewer.open(found, wanted);
      $("trace").scrollIntoView();
      $("trace-scroll").focus({ preventScroll: true });
    });
  }
  for (const button of document.querySelectorAll(".copy")) button.addEventListener("click", () => copy(button));
  if (viewer) { $("viewer").hidden = false; viewer.open(0); } else element("p", "This run has no history of a test.", $("trace")).className = "empty";
  addEventListener("hashchange", openAncestors);
  openAncestors();
}

start();
