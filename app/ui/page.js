// What only the browser can do: remember the language, change the view, pass clicks on, follow an answer as it
// grows, show the cited passage, a glimpse of it at its marker. Everything shown is written by the server, escaped; nothing here makes HTML.

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
  // What was open when the language was changed, which loads the page anew.
  const LEFT = "docent_left";
  const left = JSON.parse(sessionStorage.getItem(LEFT) || "{}");
  sessionStorage.removeItem(LEFT);
  page.dataset.view = left.view || "chat";
  if (left.side) page.dataset.side = left.side;

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
    const { conversation } = document.querySelector("#bar [data-conversation]")?.dataset || {};
    const typed = document.querySelector("#question textarea")?.value;
    const { names } = document.querySelector("#shelf .ticked")?.dataset || {};
    sessionStorage.setItem(LEFT, JSON.stringify({ ...page.dataset, conversation, typed, ticked: JSON.parse(names || "[]") }));
    location.reload();
  }

  // Once the server knows the language: goes on where the page was left.
  function goOn() {
    const field = document.querySelector("#question textarea");
    if (left.typed && field && !field.value) {
      field.value = left.typed;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (left.conversation) openConversation(left.conversation);
    if (left.ticked?.length) tick(left.ticked);
    left.typed = left.conversation = left.ticked = undefined;
  }
  let openConversation = () => {};
  function conversations(trigger) {
    openConversation = (conversation) => trigger("open", { conversation });
  }
  let tick = () => {};
  function documents(trigger) {
    tick = (names) => trigger("tick", { names });
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
  const transcript = () => document.getElementById("transcript");
  let following = true; // until the reader scrolls up
  let height = 0; // of the transcript when it was last drawn: a scroll without another height is the reader's
  document.addEventListener("scroll", (event) => {
    const box = transcript();
    if (event.target === box && box.scrollHeight === height) {
      following = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
    }
  }, true);

  function followEnd(element, watch) {
    watch("value", () => {
      const box = transcript();
      const begun = Boolean(element.querySelector(".stage")) && !element.querySelector(".said");
      following ||= begun;
      if (following) box.scrollTop = box.scrollHeight;
      height = box.scrollHeight;
    });
  }

  let opener = null; // the button that opened the passage; gets the focus back

  function showPassage(element, watch) {
    let used = "[data-event=close_passage]"; // the control that has the focus, which drawing anew takes away
    let enlarged = false;
    element.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.dataset.event) used = `[aria-label="${CSS.escape(button.ariaLabel || "")}"], [data-as="${button.dataset.as}"]`;
      if (!button.matches("[data-zoom]")) return;
      enlarged = !enlarged;
      enlarge();
    });
    function enlarge() {
      element.querySelector(".sheet")?.classList.toggle("enlarged", enlarged);
      element.querySelector("[data-zoom]")?.setAttribute("aria-pressed", String(enlarged));
      element.querySelector("mark, .spot")?.scrollIntoView({ block: "center", inline: "center" });
    }
    watch("value", () => {
      const open = Boolean(element.querySelector(".passage"));
      const wasOpen = page.hasAttribute("data-passage");
      page.toggleAttribute("data-passage", open);
      if (!open) {
        opener?.focus();
        opener = null;
        enlarged = false;
        return;
      }
      enlarge();
      const close = element.querySelector("[data-event=close_passage]");
      const again = wasOpen && element.querySelector(used);
      (again && !again.disabled ? again : close).focus({ preventScroll: true });
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") closePassage();
    });
  }

  // A glimpse of the cited passage while its marker is pointed at or has the focus: what its card says, in full.
  const glimpse = document.createElement("div");
  glimpse.id = "glimpse";
  glimpse.role = "tooltip";
  glimpse.hidden = true;
  let glimpsed = null; // the marker whose passage is shown

  function showGlimpse(marker) {
    const card = marker.closest("article")?.querySelector(`.card[data-kind=citation][data-number="${marker.dataset.number}"]`);
    if (!card) return;
    hideGlimpse();
    glimpsed = marker;
    glimpse.replaceChildren(...[...card.childNodes].map((node) => node.cloneNode(true)));
    document.body.append(glimpse);
    glimpse.hidden = false;
    marker.setAttribute("aria-describedby", glimpse.id);
    const at = marker.getBoundingClientRect();
    const left = Math.min(Math.max(12, at.left + at.width / 2 - glimpse.offsetWidth / 2), innerWidth - glimpse.offsetWidth - 12);
    const above = at.top - glimpse.offsetHeight - 8;
    glimpse.style.left = `${left}px`;
    glimpse.style.top = `${above >= 8 ? above : at.bottom + 8}px`;
  }

  function hideGlimpse() {
    glimpsed?.removeAttribute("aria-describedby");
    glimpsed = null;
    glimpse.hidden = true;
  }

  // The pointer may move on to the glimpse, to scroll a long passage in it.
  let leaving = 0;
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const marker = event.target.closest?.(".marker");
    clearTimeout(leaving);
    if (marker && marker !== glimpsed) showGlimpse(marker);
    if (!marker && glimpsed && !event.target.closest?.("#glimpse")) leaving = setTimeout(hideGlimpse, 150);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(".marker:focus-visible")) showGlimpse(event.target);
    else if (!event.target.closest("#glimpse")) hideGlimpse();
  });
  document.addEventListener("scroll", (event) => {
    if (!glimpse.contains(event.target)) hideGlimpse();
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hideGlimpse();
  });
  // A finger cannot hover: its first tap shows the glimpse, a tap on that or a second one opens the document.
  document.addEventListener("click", (event) => {
    const marker = event.target.closest(".marker");
    if (glimpsed && event.target.closest("#glimpse")) return glimpsed.click();
    if (marker && event.pointerType === "touch" && marker !== glimpsed) {
      event.stopPropagation();
      return showGlimpse(marker);
    }
    hideGlimpse();
  }, true);

  // What is stored of a document: the focus goes to it and back to the name that opened it.
  function showContents(element, watch) {
    let from = null;
    const close = () => element.querySelector("[data-event=close_contents]");
    watch("value", () => {
      if (!close()) {
        document.querySelector(from)?.focus();
        from = null;
      } else if (!from) {
        from = `#documents [data-event=open][data-document="${CSS.escape(document.activeElement?.dataset.document || "")}"]`;
        close().focus({ preventScroll: true });
      } else {
        element.querySelector(".passage-body").scrollTop = 0;
      }
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close()?.click();
    });
  }

  let shown = ""; // the collection that is shown

  // Once another collection is shown: what was open of the one before closes, and the next visit begins here.
  function collections(element, watch) {
    watch("value", () => {
      const { open } = element.querySelector("[data-open]")?.dataset || {};
      if (!open || open === shown) return;
      document.cookie = `docent_collection=${open}; path=/; max-age=31536000; SameSite=Strict`;
      if (shown) closePassage();
      if (shown) document.querySelector("#contents [data-event=close_contents]")?.click();
      shown = open;
    });
  }

  // What is taken along is of the collection that this page shows, whatever other pages of the browser show.
  function nameCollection(event) {
    const link = event.target.closest?.("a[data-of-here]");
    if (link) link.search = new URLSearchParams({ collection: shown });
  }
  for (const kind of ["click", "auxclick", "contextmenu"]) document.addEventListener(kind, nameCollection, true);

  // Folders, dropped or chosen, go the way of files. Gradio keeps only a file's name, so that it carries its place in
  // the folder, with a mark for each slash; hidden files and types that nothing reads stay where they are.
  const FOLDER_MARK = "␟";
  const MOST_BYTES = 190; // of a name that gradio does not cut
  const uploadInput = () => document.querySelector("#upload input[type=file]");

  function sendFiles(found) {
    const suffixes = uploadInput().accept.split(",").map((suffix) => suffix.trim().toLowerCase());
    const sent = new DataTransfer();
    for (const { file, path } of found) {
      const parts = path.split("/");
      if (parts.some((part) => part.startsWith("."))) continue;
      if (!suffixes.some((suffix) => file.name.toLowerCase().endsWith(suffix))) continue;
      while (parts.length > 1 && new TextEncoder().encode(parts.join(FOLDER_MARK)).length > MOST_BYTES) parts.shift();
      sent.items.add(new File([file], parts.join(FOLDER_MARK), { type: file.type, lastModified: file.lastModified }));
    }
    const input = uploadInput();
    input.files = sent.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  async function filesIn(entry, path) {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      return [{ file, path: path + entry.name }];
    }
    const reader = entry.createReader();
    const found = [];
    for (;;) {
      const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!entries.length) return found;
      for (const inner of entries) found.push(...await filesIn(inner, `${path}${entry.name}/`));
    }
  }

  document.addEventListener("drop", async (event) => {
    if (!event.target.closest?.("#upload")) return;
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
    if (!entries.some((entry) => entry.isDirectory)) return;
    event.preventDefault();
    event.stopPropagation();
    const found = await Promise.all(entries.map((entry) => filesIn(entry, "")));
    sendFiles(found.flat());
  }, true);

  function chooseFolder() {
    const input = Object.assign(document.createElement("input"), { type: "file", webkitdirectory: true });
    input.addEventListener("change", () => {
      sendFiles([...input.files].map((file) => ({ file, path: file.webkitRelativePath })));
    });
    input.click();
  }

  window.docent = { collections, conversations, documents, goOn, chooseFolder, sendFiles, showContents, forwardClicks, followEnd, showPassage, markCurrent };
})();
