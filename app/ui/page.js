// What only the browser can do: remember the language, change the view, pass clicks on, follow an answer as it
// grows, show the cited passage. Everything shown is written by the server, escaped; nothing here makes HTML.

(() => {
  const cookie = document.cookie.split("; ").find((pair) => pair.startsWith(`${LANGUAGE_COOKIE}=`));
  const chosen = cookie && cookie.slice(LANGUAGE_COOKIE.length + 1);
  const wanted = chosen || (navigator.languages || [navigator.language]).find((tag) => /^(zh|en)/i.test(tag)) || "en";
  const language = /^zh/i.test(wanted) ? "zh-CN" : "en";
  document.documentElement.lang = language;
  // Gradio translates its own labels into navigator.language and takes no other word for it.
  Object.defineProperty(navigator, "language", { get: () => language });
  Object.defineProperty(navigator, "languages", { get: () => [language] });

  const page = document.documentElement;
  page.dataset.view = "chat";

  function showView(view) {
    closePassage();
    page.dataset.view = view;
    if (view !== "chat") page.dataset.side = view;
    markCurrent();
  }

  function closePassage() {
    document.querySelector("#passage [data-event=close_passage]")?.click();
  }

  function markCurrent() {
    const wide = matchMedia("(min-width: 1000px)").matches;
    const current = wide ? page.dataset.side || "documents" : page.dataset.view;
    for (const button of document.querySelectorAll("[data-view]:is(button)")) {
      button.setAttribute("aria-current", String(button.dataset.view === current));
    }
  }
  matchMedia("(min-width: 1000px)").addEventListener("change", markCurrent);

  function onPageClick(event) {
    const button = event.target.closest("button[data-view], button[data-language]");
    if (!button) return;
    if (button.dataset.view) return showView(button.dataset.view);
    document.cookie = `${LANGUAGE_COOKIE}=${button.dataset.language}; path=/; max-age=31536000; SameSite=Strict`;
    location.reload();
  }
  document.addEventListener("click", onPageClick);

  // Passes a click on any [data-event] inside `element` to the server, with the button's data.
  function forwardClicks(element, trigger, events) {
    element.addEventListener("click", (event) => {
      const button = event.target.closest("[data-event]");
      if (!button || button.disabled || !events.includes(button.dataset.event)) return;
      if (button.dataset.event === "passage") opener = button;
      trigger(button.dataset.event, { ...button.dataset });
    });
  }

  // Keeps the end of a growing answer in sight, unless the reader has scrolled away from it.
  function followEnd(element, watch) {
    const scroller = () => document.getElementById("transcript");
    let following = true;
    let height = 0;
    document.addEventListener("scroll", (event) => {
      const box = scroller();
      if (event.target === box && box.scrollHeight === height) {
        following = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
      }
    }, true);
    watch("value", () => {
      const box = scroller();
      const begun = element.querySelector(".stage") && !element.querySelector(".said");
      if (following || begun) box.scrollTop = box.scrollHeight;
      following = following || Boolean(begun);
      height = box.scrollHeight;
    });
  }

  let opener = null; // the button that opened the passage; gets the focus back

  function showPassage(element, watch) {
    watch("value", () => {
      const open = Boolean(element.querySelector(".passage"));
      page.toggleAttribute("data-passage", open);
      if (!open) {
        opener?.focus();
        opener = null;
        return;
      }
      element.querySelector("mark")?.scrollIntoView({ block: "center" });
      element.querySelector("[data-event=close_passage]")?.focus({ preventScroll: true });
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") closePassage();
    });
  }

  window.docent = { forwardClicks, followEnd, showPassage, markCurrent };
})();
