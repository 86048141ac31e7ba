// The token has done its work: the cookie carries it on, and neither the address bar nor the history keeps it.
const here = new URL(window.location.href);
here.searchParams.delete("token");
window.history.replaceState(null, "", here.pathname + here.search);

window.addEventListener("load", () => {
  document.querySelector("#again").addEventListener("click", () => window.location.reload());
  document.querySelector(".xterm-helper-textarea")?.focus();
});
