// What a page offers beside reading: its figures as files, another theme, other colours of heights. Everything is made here, from what
// stands in the page: nothing is fetched.
(() => {
"use strict";

const PNG_SCALE = 3;
const LARGEST_SIDE = 12000;
const MARGIN = 12;
const GAP = 16;
const KEY = "tiptwin-theme";

const told = JSON.parse(document.getElementById("looks").textContent);
const root = document.documentElement;
const element = (tag, properties) => Object.assign(document.createElement(tag), properties);
const plain = (text) => new XMLSerializer().serializeToString(document.createTextNode(text));
const fileName = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");

// The pictures of a figure as one file that needs nothing else: beside each other, in the colours of a light page.
function drawn(figure) {
  const pictures = [...figure.querySelectorAll("svg.picture")];
  const columns = Number(figure.dataset.columns ?? pictures.length);
  let [x, y, row, width, body] = [0, 0, 0, 0, ""];
  pictures.forEach((picture, i) => {
    if (i > 0 && i % columns === 0) [x, y, row] = [0, y + row + GAP, 0];
    const size = picture.viewBox.baseVal;
    const copy = picture.cloneNode(true);
    for (const [name, value] of Object.entries({ x, y, width: size.width, height: size.height })) copy.setAttribute(name, value);
    body += new XMLSerializer().serializeToString(copy);
    width = Math.max(width, x + size.width);
    row = Math.max(row, size.height);
    x += size.width + GAP;
  });
  const [w, h] = [width + 2 * MARGIN, y + row + 2 * MARGIN];
  const place = `width="${w}" height="${h}"`;
  const said = figure.querySelector("figcaption > span")?.textContent ?? "";
  return { width: w, height: h, text: `<svg xmlns="${pictures[0].namespaceURI}" viewBox="${-MARGIN} ${-MARGIN} ${w} ${h}" ${place} ` +
    `color="#1b2027" font-family="Helvetica, Arial, 'Liberation Sans', sans-serif"><title>${plain(document.title)}</title>` +
    `<desc>${plain(said)}</desc><style>${told.style}</style><rect x="${-MARGIN}" y="${-MARGIN}" ${place} fill="#fff"/>${body}</svg>\n` };
}

function painted({ width, height, text }) {
  const scale = Math.min(PNG_SCALE, LARGEST_SIDE / Math.max(width, height));
  return new Promise((done, failed) => {
    const image = new Image();
    image.onerror = failed;
    image.onload = () => {
      const canvas = element("canvas", { width: Math.round(scale * width), height: Math.round(scale * height) });
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob(done, "image/png");
    };
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text);
  });
}

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const reals = (text) => new Float32Array(bytes(text).buffer);
// Single precision has seven digits; the eighth keeps them from being rounded twice.
const shown = (value) => Number.isFinite(value) ? String(Number(value.toPrecision(8))) : "";
const cell = (text) => /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

function tableRows({ columns }) {
  const cells = columns.map((c) => c.words ? c.words.flatMap(([word, n]) => Array(n).fill(cell(word))) : Array.from(reals(c.reals), shown));
  return [columns.map((c) => c.name), ...cells[0].map((_, i) => cells.map((column) => column[i]))];
}

// Pixels stand at their middles, measured from the outer corner of the first one.
function mapRows({ column, cols, step_m: [dx, dy], values, picks = [], regions }) {
  const order = new Map(picks.map(([r, c], i) => [r * cols + c, i + 1]));
  const codes = regions && bytes(regions);
  const extra = (i) => [...(picks.length ? [String(order.get(i) ?? "")] : []), ...(codes ? [["grain", "boundary", "junction"][codes[i]]] : [])];
  const head = ["row", "column", "x_m", "y_m", column, ...(picks.length ? ["measurement"] : []), ...(codes ? ["region"] : [])];
  return [head, ...Array.from(reals(values), (value, i) => {
    const [r, c] = [Math.floor(i / cols), i % cols];
    return [r, c, shown((c + 0.5) * dx), shown((r + 0.5) * dy), shown(value), ...extra(i)];
  })];
}

// Of several pictures each row begins with the name of its own; what their values are then stands in a column.
function numbers(figure) {
  const all = [...figure.querySelectorAll("script.data")].map((s) => JSON.parse(s.textContent));
  if (all.length < 2) return all.flatMap((n) => n.map ? mapRows(n.map) : tableRows(n.table));
  const rows = all.flatMap(({ map }) => {
    const values = map.values || all.find((other) => other.map.name === map.same).map.values;
    return mapRows({ ...map, values, picks: [] }).slice(1).map((row) => [cell(map.name), map.column, ...row]);
  });
  return [["panel", "quantity", "row", "column", "x_m", "y_m", "value"], ...rows];
}

const csv = (figure) => numbers(figure).map((row) => row.join(",")).join("\n") + "\n";

function save(name, type, content) {
  const link = element("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function offer(figure) {
  const picture = figure.querySelector("svg.picture");
  const caption = figure.querySelector("figcaption");
  if (!picture || !caption) return;
  const title = picture.querySelector("title").textContent.replace(/^[^:]*: /, "");
  const name = fileName(`${document.title} ${figure.dataset.name ?? title}`);
  const kinds = {
    SVG: () => save(`${name}.svg`, "image/svg+xml", drawn(figure).text),
    PNG: async () => save(`${name}.png`, "image/png", await painted(drawn(figure))),
  };
  if (figure.querySelector("script.data")) kinds.CSV = () => save(`${name}.csv`, "text/csv", csv(figure));
  const row = element("div", { className: "save" });
  for (const [kind, onclick] of Object.entries(kinds)) {
    row.append(element("button", { type: "button", textContent: kind, title: `Save “${title}” as ${kind}`, onclick }));
  }
  caption.append(row);
}

// Indexed pictures have their colours in one place, so other colours are other bytes there and another checksum behind them.
const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});
function recoloured(uri, palette) {
  const start = uri.indexOf(",") + 1;
  const png = bytes(uri.slice(start));
  const view = new DataView(png.buffer);
  let at = 8;
  while (view.getUint32(at + 4) !== 0x504c5445) at += 12 + view.getUint32(at);
  const count = view.getUint32(at) / 3;
  // A map has a first colour for what has no value, a colour bar has none.
  const [first, step] = count === 256 ? [1, 1] : [0, 2];
  for (let i = first; i < count; i++) {
    const colour = parseInt(palette.substr(6 * step * (i - first), 6), 16);
    png.set([colour >> 16, (colour >> 8) & 255, colour & 255], at + 8 + 3 * i);
  }
  let crc = ~0;
  for (const byte of png.subarray(at + 4, at + 8 + 3 * count)) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  view.setUint32(at + 8 + 3 * count, ~crc >>> 0);
  let text = "";
  for (const byte of png) text += String.fromCharCode(byte);
  return uri.slice(0, start) + btoa(text);
}

function heightColours(tools) {
  const images = [...document.querySelectorAll("image.heights")];
  if (images.length === 0) return;
  const select = element("select", { id: "heights" });
  for (const name of Object.keys(told.heights)) select.append(new Option(name, name, false, name === told.shown));
  select.onchange = () => images.forEach((i) => i.setAttribute("href", recoloured(i.getAttribute("href"), told.heights[select.value])));
  const label = element("label", { textContent: "Heights " });
  label.append(select);
  tools.append(label);
}

function themes(tools) {
  const remembered = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const remember = (theme) => { try { localStorage.setItem(KEY, theme); } catch { /* A page may be kept from it. */ } };
  const now = () => root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const other = () => now() === "dark" ? "light" : "dark";
  const button = element("button", { type: "button", id: "theme" });
  const name = () => { button.textContent = other() === "dark" ? "Dark page" : "Light page"; };
  if (["dark", "light"].includes(remembered())) root.dataset.theme = remembered();
  button.onclick = () => { root.dataset.theme = other(); remember(now()); name(); };
  name();
  tools.append(button);
}

function copies() {
  for (const text of document.querySelectorAll("[data-copy]")) {
    const button = element("button", { type: "button", className: "copy", textContent: "Copy" });
    button.onclick = async () => {
      const said = [...text.querySelectorAll("p")].map((p) => p.textContent).join("\n\n");
      try {
        await navigator.clipboard.writeText(said);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(text);
        button.textContent = "Marked: copy with the keyboard";
      }
    };
    text.after(button);
  }
}

const tools = element("div", { className: "tools" });
heightColours(tools);
themes(tools);
document.querySelector("main").prepend(tools);
document.querySelectorAll("figure").forEach(offer);
copies();
})();
