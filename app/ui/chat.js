// What only the browser can do in the chat: pass forms on, keep the focus where the hand is, copy an answer, open and
// close the list of conversations, and the keys. Everything shown is written by the server, escaped.

(() => {
  const page = document.documentElement;
  const HISTORY = "docent_history";
  const wide = matchMedia("(min-width: 1200px)");

  // Passes a sent form[data-form] inside `element` to the server with its fields, and gives the focus back to the
  // control that was used, or to what asks for it, once the server has drawn it anew.
  function forms(element, trigger, watch) {
    let used = "";
    element.addEventListener("submit", (event) => {
      const form = event.target.closest("form[data-form]");
      if (!form) return;
      event.preventDefault();
      trigger(form.dataset.form, { ...form.dataset, ...Object.fromEntries(new FormData(form)) });
    });
    element.addEventListener("keydown", (event) => {
      const form = event.target.closest("form[data-form]");
      if (!form) return;
      if (event.key === "Escape") form.querySelector("[data-event=close_form]")?.click();
      const sends = event.key === "Enter" && !event.shiftKey && !event.isComposing;
      if (sends && event.target.matches("[data-submits]")) {
        event.preventDefault();
        form.requestSubmit();
      }
      if (event.key === "Escape") event.stopPropagation();
    });
    element.addEventListener("click", (event) => {
      const control = event.target.closest("[data-event]");
      if (control) used = signature(control);
    });
    watch("value", () => {
      const asking = element.querySelector("[autofocus]");
      if (asking) {
        asking.focus();
        asking.select?.();
      } else if (document.activeElement === document.body && used) {
        [...element.querySelectorAll("[data-event]")].find((control) => signature(control) === used)?.focus();
      }
      used = asking ? used : "";
    });
  }

  function signature(control) {
    return JSON.stringify({ ...control.dataset });
  }

  // Copies an answer as Markdown. Without a secure connection the browser has no clipboard to write to.
  async function copy(button) {
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const field = document.createElement("textarea");
      field.value = text;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
      button.focus();
    }
    const said = button.textContent;
    if (said === button.dataset.done) return;
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = said), 1600);
  }

  // The list of conversations: beside the chat where there is room, else over it.
  function showHistory(open, { remember = false } = {}) {
    page.dataset.history = open ? "open" : "closed";
    for (const button of document.querySelectorAll("[data-switch=history]")) {
      button.setAttribute("aria-expanded", String(open));
    }
    if (remember && wide.matches) localStorage.setItem(HISTORY, open ? "open" : "closed");
  }
  const isOpen = () => page.dataset.history === "open";
  const atRest = () => wide.matches && localStorage.getItem(HISTORY) !== "closed";
  showHistory(atRest());
  wide.addEventListener("change", () => showHistory(atRest()));
  new MutationObserver(() => showHistory(isOpen())).observe(document, { childList: true, subtree: true });

  document.addEventListener("click", (event) => {
    const copying = event.target.closest("[data-copy]");
    if (copying) copy(copying);
    if (event.target.closest("[data-switch=history]")) showHistory(!isOpen(), { remember: true });
    else if (!wide.matches && isOpen() && leavesHistory(event.target)) showHistory(false);
    if (event.target.closest("[data-keys]")) showKeys();
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target) || event.target.closest("a, [data-event=choose]")) menu.open = false;
    }
  });

  function leavesHistory(target) {
    return !target.closest("#history-pane") || target.closest("[data-event=open]");
  }

  function showKeys() {
    const dialog = document.querySelector("#keys dialog");
    if (dialog && !dialog.open) dialog.showModal();
  }

  const question = () => document.querySelector("#question textarea");
  const press = (selector) => document.querySelector(selector)?.click();

  function onKey(event) {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable=true]");
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
    if (event.key === "Escape") return onEscape(event);
    if (event.altKey && event.code === "KeyN") {
      event.preventDefault();
      press("#bar [data-event=new]");
      question()?.focus();
    } else if (plain && !typing && event.key === "/") {
      event.preventDefault();
      question()?.focus();
    } else if (plain && !typing && event.key === "?") {
      showKeys();
    }
  }

  // Closes what lies on top first; only then it stops the answer.
  function onEscape(event) {
    if (document.querySelector("dialog[open]") || page.hasAttribute("data-passage")) return;
    const menu = document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (!wide.matches && isOpen()) {
      showHistory(false);
    } else if (!event.isComposing) {
      press("#question .stop-button");
    }
  }
  // Before page.js closes a passage: what Escape closes is what was open when it was pressed.
  document.addEventListener("keydown", onKey, true);

  Object.assign(window.docent, { forms });
})();
