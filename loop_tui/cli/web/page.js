// The token has done its work: the cookie carries it on, and neither the address bar nor the history keeps it.
const here = new URL(window.location.href);
here.searchParams.delete("token");
window.history.replaceState(null, "", here.pathname + here.search);

// The screen is made for 80 columns, of which each is six tenths of the font's size wide: on a phone the font gives way.
const COLUMNS = 80;
const CELL = 0.6;
const SMALLEST = 8;

document.addEventListener("DOMContentLoaded", () => {
  const terminal = document.querySelector("#terminal");
  if (here.searchParams.has("fontsize")) return;
  const fits = Math.floor(document.documentElement.clientWidth / (COLUMNS * CELL));
  terminal.dataset.fontSize = Math.max(SMALLEST, Math.min(Number(terminal.dataset.fontSize), fits));
});

// A keyboard on glass has letters, and none of these.
function press(key, keyCode) {
  const keyboard = document.querySelector(".xterm-helper-textarea");
  keyboard?.dispatchEvent(new KeyboardEvent("keydown", { key, keyCode, bubbles: true, cancelable: true }));
}

window.addEventListener("load", () => {
  for (const button of document.querySelectorAll(".keys button")) {
    button.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // What has the focus keeps it, and with it the keyboard stays.
      press(button.dataset.key, Number(button.dataset.code));
    });
  }
  document.querySelector("#again").addEventListener("click", () => window.location.reload());
  document.querySelector(".xterm-helper-textarea")?.focus();
});
