/** `fetch`, with what was sent and answered kept in `seen`. */
export function counting() {
  const seen = [];
  const counted = async (input, init) => {
    const response = await fetch(input, init);
    const url = new URL(typeof input === "string" ? input : input.url ?? String(input));
    const body = init?.body ? JSON.parse(init.body) : Object.fromEntries(url.searchParams);
    if (typeof body.extensions === "string") body.extensions = JSON.parse(body.extensions);
    seen.push({ method: init?.method ?? "GET", status: response.status, body });
    return response;
  };
  return { seen, fetch: counted };
}

/** For each request seen: its method, whether it held the document, and the status of the answer. */
export function shown(seen) {
  return seen.map(({ method, status, body }) => `${method} ${body.query ? "document" : "hash"} ${status}`);
}
