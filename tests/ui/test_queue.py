"""Claims about what the page sends and hears while the server's stream of results ends."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.ui.conftest import ask
from tests.ui.fake import FakeWorkspace

# Holds back the end of a stream until the next event has been sent: what a slow or busy machine does now and then.
LATE_END = """
const real = window.fetch;
let joined;
const nextJoin = () => new Promise((resolve) => (joined = resolve));
window.fetch = async (input, init) => {
  const address = String(input.url ?? input);
  const response = await real(input, init);
  if (address.includes("/queue/join")) setTimeout(() => joined?.(), 200);
  if (!address.includes("/queue/data")) return response;
  const late = new TransformStream({
    async transform(chunk, out) {
      const text = new TextDecoder().decode(chunk);
      const end = text.indexOf('data: {"msg":"close_stream"');
      if (end < 0) return out.enqueue(chunk);
      out.enqueue(new TextEncoder().encode(text.slice(0, end)));
      await nextJoin();
      out.enqueue(new TextEncoder().encode(text.slice(end)));
    },
  });
  return new Response(response.body.pipeThrough(late), response);
};
"""


def test_nothing_is_lost_that_is_sent_while_the_stream_of_results_ends(
    contexts: Callable[..., BrowserContext], open_page: Callable[..., Page], workspace: FakeWorkspace
) -> None:
    workspace.add_samples()
    workspace.follow_ups.questions = ("退货",)
    contexts(locale="en-AU").add_init_script(LATE_END)
    page = open_page(locale="en-AU")
    ask(page, "returns?")
    expect(page.locator("#current .card")).to_have_count(2)
    page.locator("#follow-ups button").click()
    expect(page.locator("#current .card")).to_have_count(1)
