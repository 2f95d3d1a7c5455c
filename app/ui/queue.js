// Keeps gradio's client from losing an event. Its server ends the stream of results as soon as nothing is under way; an
// event that is sent while word of that end is still on its way gets no stream, and the page waits for it forever
// (gradio 6.31: routes.py sends close_stream, the client does not look for events that came after it). Here the end is
// passed on only when no event waits; otherwise the next stream is appended to this one.

(() => {
  const real = window.fetch.bind(window);
  const waiting = new Set(); // ids of the events that were taken in and whose end has not been told

  window.fetch = async (input, init) => {
    const { pathname } = new URL(input.url ?? input, location.href);
    if (pathname.endsWith("/queue/data")) return results(input, init);
    const response = await real(input, init);
    if (pathname.endsWith("/queue/join") && response.ok) waiting.add((await response.clone().json()).event_id);
    return response;
  };

  async function results(input, init) {
    const first = await real(input, init);
    if (!first.ok) return first;
    const body = new ReadableStream({
      async start(out) {
        try {
          let response = first;
          while (response.ok && (await passOn(response.body, out))) response = await real(input, init);
          out.close();
        } catch (error) {
          out.error(error);
        }
      },
    });
    return new Response(body, first);
  }

  // Whether the stream ended although events wait.
  async function passOn(body, out) {
    const encoder = new TextEncoder();
    let text = "";
    for (const reader = body.pipeThrough(new TextDecoderStream()).getReader(); ; ) {
      const { value, done } = await reader.read();
      if (done) return false;
      const messages = (text + value).split("\n\n");
      text = messages.pop();
      for (const message of messages) {
        const said = JSON.parse(message.replace(/^data:/, ""));
        if (said.msg === "process_completed") waiting.delete(said.event_id);
        if (said.msg === "close_stream" && waiting.size) return true;
        out.enqueue(encoder.encode(`${message}\n\n`));
      }
    }
  }
})();
