"use strict";
// Draws one trace as SVG: only the rows that can be seen, so that thousands of events cost no more than forty.
// Text of the target is set as text and wrapped in isolating characters; nothing here makes HTML of it.

const ROW = 24, NARROW = 104, WIDE = 150, TAIL = 360, GUTTER = 84, HEADS = 40, SVG = "http://www.w3.org/2000/svg";
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, KEPT = "\n\t\u200c\u200d";

function visible(text) {
  return text.replace(HIDDEN, (one) => KEPT.includes(one) ? one : "\\u{" + one.codePointAt(0).toString(16) + "}");
}

function isolated(text) {
  return "\u2068" + visible(text) + "\u2069";
}

function shape(name, attributes, parent, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  if (parent) parent.append(made);
  return made;
}

function element(name, text, parent) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (parent) parent.append(made);
  return made;
}

async function unpacked(block) {
  if (block.dataset.encoding === "json") return JSON.parse(block.textContent);
  const bytes = Uint8Array.from(atob(block.textContent), (one) => one.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

class Picture {
  constructor(parts, onChoose) {
    Object.assign(this, parts, { onChoose, trace: null, shown: [], chosen: -1, range: null, drawn: "" });
    this.scroll.addEventListener("scroll", () => this.draw(), { passive: true });
    this.scroll.addEventListener("keydown", (event) => this.key(event));
    this.svg.addEventListener("click", (event) => {
      const row = event.target.closest("[data-row]");
      if (row) this.choose(Number(row.dataset.row));
    });
    new ResizeObserver(() => this.draw()).observe(this.scroll);
  }

  open(trace, wanted) {
    Object.assign(this, { trace, chosen: -1, range: this.whole(trace), filter: () => true });
    const room = (this.scroll.clientWidth - GUTTER) / (trace.lanes.length + 0.6);
    this.wide = Math.max(NARROW, Math.min(WIDE, room));
    // Words of the last lanes go on to the right of them.
    this.width = Math.max(GUTTER + this.wide * trace.lanes.length + TAIL, this.scroll.clientWidth);
    this.shown = [];
    this.apply(this.filter);
    const first = trace.rows.findIndex((row) => wanted ? row.event && row.event.n === wanted : row.evidence);
    this.scroll.scrollTo(0, 0);
    if (first >= 0) this.choose(first);
  }

  whole(trace) {
    const times = trace.rows.map((row) => row.at);
    return times.length ? [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))] : [0, 0];
  }

  apply(filter) {
    this.filter = filter;
    this.shown = [];
    this.trace.rows.forEach((row, index) => {
      if (row.at >= this.range[0] && row.at <= this.range[1] && filter(row)) this.shown.push(index);
    });
    this.heads.setAttribute("width", this.width);
    this.svg.setAttribute("width", this.width);
    this.svg.setAttribute("height", Math.max(ROW, this.shown.length * ROW + 8));
    this.drawHeads();
    this.drawOverview();
    this.drawn = "";
    this.draw();
  }

  zoom(factor) {
    const [low, high] = this.range, [first, last] = this.whole(this.trace);
    const around = this.chosen >= 0 ? this.trace.rows[this.chosen].at : (low + high) / 2;
    const half = Math.max((high - low) * factor / 2, 50000);
    this.range = factor ? [Math.max(first, around - half), Math.min(last, around + half)] : [first, last];
    this.apply(this.filter);
    if (this.chosen >= 0) this.reveal();
  }

  lane(index) {
    return GUTTER + this.wide * (index + 0.5);
  }

  place(row) {
    // Where a row of the trace stands among those that are shown.
    let low = 0, high = this.shown.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.shown[middle] < row) low = middle + 1; else high = middle;
    }
    return low;
  }

  drawHeads() {
    this.heads.replaceChildren();
    this.trace.lanes.forEach((lane, index) => {
      shape("text", { x: this.lane(index), y: 16 }, this.heads, isolated(lane.name.slice(0, 24)));
      if (lane.note) shape("text", { x: this.lane(index), y: 31, class: "note" }, this.heads, isolated(lane.note.slice(0, 28)));
    });
  }

  drawOverview() {
    const [first, last] = this.whole(this.trace), wide = this.overview.clientWidth || 600;
    const at = (time) => last > first ? (time - first) / (last - first) * (wide - 4) + 2 : wide / 2;
    this.overview.replaceChildren();
    for (const span of this.trace.spans.filter((one) => one.kind === "fault")) {
      const from = at(this.trace.rows[span.first].at), to = at(this.trace.rows[span.last].at);
      shape("rect", { class: "fault", x: from, y: 0, width: Math.max(1, to - from), height: 28 }, this.overview);
    }
    const ticks = new Map();
    for (const row of this.trace.rows) {
      const x = Math.round(at(row.at));
      ticks.set(x, ticks.get(x) || row.evidence);
    }
    for (const [x, evidence] of ticks) shape("line", { class: evidence ? "tick evidence" : "tick", x1: x, x2: x, y1: evidence ? 2 : 8, y2: 26 }, this.overview);
    const from = at(this.range[0]), to = at(this.range[1]);
    if (to - from < wide - 6) shape("rect", { class: "window", x: from, y: 1, width: Math.max(3, to - from), height: 26 }, this.overview);
  }

  draw() {
    if (!this.trace) return;
    const top = Math.max(0, Math.floor(this.scroll.scrollTop / ROW) - 10);
    const end = Math.min(this.shown.length, top + Math.ceil(this.scroll.clientHeight / ROW) + 20);
    const state = [top, end, this.chosen, this.shown.length].join();
    if (state === this.drawn) return;
    this.drawn = state;
    this.svg.replaceChildren();
    const from = top * ROW, to = end * ROW;
    this.trace.lanes.forEach((_, index) => shape("line", { class: "lane", x1: this.lane(index), x2: this.lane(index), y1: from, y2: to + 8 }, this.svg));
    for (const span of this.trace.spans) this.drawSpan(span, from, to);
    for (let index = top; index < end; index += 1) this.drawRow(this.shown[index], index * ROW);
    if (!this.shown.length) shape("text", { x: GUTTER, y: 16 }, this.svg, "No event passes these filters.");
  }

  drawSpan(span, from, to) {
    const low = Math.max(from, this.place(span.first) * ROW + ROW / 2), high = Math.min(to + 8, this.place(span.last) * ROW + ROW / 2);
    if (high <= low) return;
    const everywhere = span.lane < 0, thick = span.kind === "call" ? 10 : 26;
    const x = everywhere ? GUTTER : this.lane(span.lane) - thick / 2;
    const made = shape("rect", { class: span.kind, x, y: low, width: everywhere ? this.width - GUTTER : thick, height: high - low, rx: 3 }, this.svg);
    if (span.text) shape("title", {}, made, span.kind + " " + visible(span.text));
  }

  drawRow(index, y) {
    const row = this.trace.rows[index], middle = y + ROW / 2 + 4;
    const classes = ["row", row.kind, row.evidence ? "evidence" : "", row.inferred ? "inferred" : "", index === this.chosen ? "chosen" : ""];
    const said = row.says + (row.text ? " " + visible(row.text) : "");
    const group = shape("g", { class: classes.filter(Boolean).join(" "), "data-row": index, id: "row-" + index, role: "option",
      "aria-selected": String(index === this.chosen), "aria-label": [row.time, row.who || "", said].join(" ") }, this.svg);
    shape("rect", { class: "band", x: 1, y: y + 1, width: this.width - 2, height: ROW - 2, rx: 3 }, group);
    shape("text", { class: "time", x: 6, y: y + 16 }, group, row.time);
    const label = row.says + (row.text ? " " + isolated(row.text) : "");
    if (row.source === row.target) this.drawDot(row, middle, label, group); else this.drawArrow(row, middle, label, group);
  }

  drawDot(row, y, label, group) {
    const x = row.source < 0 ? GUTTER : this.lane(row.source);
    if (row.source >= 0) shape("circle", { class: "dot", cx: x, cy: y - 4, r: 4 }, group);
    shape("text", { class: "label", x: x + 9, y }, group, label);
  }

  drawArrow(row, y, label, group) {
    const from = row.source < 0 ? GUTTER : this.lane(row.source), to = row.target < 0 ? GUTTER : this.lane(row.target);
    const way = to > from ? 1 : -1, line = y + 5;
    shape("line", { class: "arrow", x1: from, y1: line, x2: to - way * 7, y2: line }, group);
    shape("path", { class: "head", d: `M${to} ${line} l${-way * 9} -4.5 v9 z` }, group);
    shape("text", { class: "label", x: Math.min(from, to) + 8, y: y - 1 }, group, label);
  }

  choose(index) {
    this.chosen = index;
    this.reveal();
    this.drawn = "";
    this.draw();
    this.scroll.setAttribute("aria-activedescendant", "row-" + index);
    this.onChoose(this.trace.rows[index]);
  }

  reveal() {
    const y = this.place(this.chosen) * ROW, view = this.scroll, room = view.clientHeight - HEADS - 2 * ROW;
    if (y < view.scrollTop + ROW) view.scrollTop = y - ROW;
    else if (y > view.scrollTop + room) view.scrollTop = y - room;
    const row = this.trace.rows[this.chosen], left = this.lane(Math.max(0, Math.min(row.source, row.target))) - this.wide / 2;
    if (left < view.scrollLeft || left > view.scrollLeft + view.clientWidth - WIDE) view.scrollLeft = left - GUTTER;
  }

  key(event) {
    if (!this.trace || event.ctrlKey || event.metaKey || event.altKey) return;
    const here = this.chosen < 0 ? -1 : this.place(this.chosen), last = this.shown.length - 1;
    const moves = { ArrowDown: here + 1, ArrowUp: here - 1, PageDown: here + 15, PageUp: here - 15, Home: 0, End: last };
    const zooms = { "+": 0.5, "=": 0.5, "-": 2, "0": 0 };
    if (event.key in moves && last >= 0) this.choose(this.shown[Math.min(last, Math.max(0, moves[event.key]))]);
    else if (event.key in zooms) this.zoom(zooms[event.key]);
    else if (event.key === "Enter" && this.chosen >= 0) this.detail.focus();
    else return;
    event.preventDefault();
  }
}
