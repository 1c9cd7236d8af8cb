// The page without this script is whole; with it tables sort, the matrix filters, and the rows can be taken along.

// A click, Enter or the space bar on a heading sorts by it; a second one turns the order round. Numbers sort as numbers, with their unit; empty cells go last.
const units = { "ns": 1e-9, "µs": 1e-6, "ms": 1e-3 };
const number = text => parseFloat(text.replaceAll(",", "")) * (units[text.split(" ").pop()] ?? 1);
const compare = (a, b) => isNaN(number(a)) || isNaN(number(b)) ? a.localeCompare(b) : number(a) - number(b);
const sort = heading => {
  const body = heading.closest("table").tBodies[0], place = heading.cellIndex;
  const up = heading.getAttribute("aria-sort") !== "ascending";
  const text = row => row.cells[place].textContent.trim();
  const order = (r, s) => !text(r) - !text(s) || (up ? 1 : -1) * compare(text(r), text(s));
  body.append(...[...body.rows].sort(order));
  for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", up ? "ascending" : "descending");
};
for (const heading of document.querySelectorAll("table.sortable th")) {
  heading.tabIndex = 0;
  heading.addEventListener("click", () => sort(heading));
  heading.addEventListener("keydown", event => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    sort(heading);
  });
}
addEventListener("beforeprint", () => document.querySelectorAll("details:not(#everything details)").forEach(part => part.open = true));

// The matrix: what is asked for stands in the address, so that a view can be handed on.
const form = document.querySelector("#filter"), table = document.querySelector(".matrix");
const names = [...table.tHead.rows[1].cells].map(cell => cell.textContent.trim());
const lines = [...table.tBodies[0].rows];
const wanted = () => Object.fromEntries([...new FormData(form)].filter(([, value]) => value));
const filter = () => {
  const { problem = "", tag = "", method = "", status = "", peers } = wanted();
  const parts = method.toLowerCase().split(/[ ,]+/).filter(Boolean);
  const shown = names.map((name, i) => i < 2 || (peers || table.tHead.rows[1].cells[i].dataset.kind !== "peer") && (!parts.length || parts.some(part => name.toLowerCase().includes(part))));
  for (const row of [table.tHead.rows[1], ...lines]) [...row.cells].forEach((cell, i) => cell.hidden = !shown[i]);
  for (const group of table.tHead.rows[0].cells) {
    const span = names.filter((_, i) => shown[i] && table.tHead.rows[1].cells[i].dataset.kind === group.dataset.kind).length;
    if (group.dataset.kind) { group.hidden = !span; group.colSpan = span || 1; }
  }
  for (const row of lines) {
    const has = [...row.cells].some((cell, i) => shown[i] && cell.dataset.status === status);
    row.hidden = !(row.dataset.problem.includes(problem) && (!tag || row.dataset.tags.split(" ").includes(tag)) && (!status || has));
  }
  document.querySelector("#count").textContent = `${lines.filter(row => !row.hidden).length} of ${lines.length} lines`;
};
const restore = () => {
  const asked = new URLSearchParams(location.hash.split("?")[1] ?? "");
  if (location.hash.includes("?")) form.elements.peers.checked = asked.has("peers");
  for (const [name, value] of asked) if (name !== "peers" && form.elements[name]) form.elements[name].value = value;
};
form.addEventListener("input", () => { filter(); history.replaceState(null, "", "#matrix?" + new URLSearchParams(wanted())); });
form.addEventListener("submit", event => event.preventDefault());
form.addEventListener("reset", () => setTimeout(() => { filter(); history.replaceState(null, "", "#matrix"); }));
form.hidden = false;
restore();
filter();

// One cell of the matrix can be reached by tab, the others from it by arrows; what is known of a cell shows on focus as on hover.
const hint = document.querySelector("#hint");
const tell = cell => { hint.textContent = cell?.title ?? ""; };
const cellAt = (row, column) => lines[row]?.cells[column];
const focus = cell => {
  if (!cell) return;
  table.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
  cell.tabIndex = 0;
  cell.focus();
};
if (lines.length) cellAt(0, 0).tabIndex = 0;
const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
table.addEventListener("keydown", event => {
  const cell = event.target.closest("td, tbody th");
  if (!cell) return;
  if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open_row(cell.parentNode); }
  if (!steps[event.key]) return;
  event.preventDefault();
  const [down, right] = steps[event.key];
  let row = lines.indexOf(cell.parentNode), column = cell.cellIndex, next;
  do { row += down; column += right; next = cellAt(row, column); } while (next && (next.hidden || next.parentNode.hidden));
  focus(next);
});
table.addEventListener("focusin", event => tell(event.target.closest("td")));
table.addEventListener("mouseover", event => tell(event.target.closest("td")));

// A line opened: its methods with all that is known of them.
const dialog = document.querySelector("#line");
const open_row = row => {
  dialog.querySelector("h2").textContent = row.dataset.title;
  const body = dialog.querySelector("tbody");
  body.replaceChildren(...[...row.cells].slice(2).map((cell, i) => {
    const line = document.createElement("tr");
    for (const text of [names[i + 2], cell.title]) line.insertCell().textContent = text;
    return line;
  }));
  dialog.showModal();
};
for (const row of lines) row.cells[0].addEventListener("click", () => open_row(row));

// The rows themselves, as they were measured.
const rows = JSON.parse(document.querySelector("#rows").textContent);
const field = value => value === null ? "" : /[",\n\r]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
const forms = {
  json: () => JSON.stringify(rows.data.map(row => Object.fromEntries(rows.columns.map((name, i) => [name, row[i]]))), null, 1),
  csv: () => [rows.columns, ...rows.data].map(row => row.map(field).join(",")).join("\n") + "\n",
};
for (const button of document.querySelectorAll("button[data-form]")) button.addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([forms[button.dataset.form]()], { type: "text/plain" }));
  link.download = `rows.${button.dataset.form}`;
  link.click();
});
