import assert from "node:assert/strict";
import { judgeAddress } from "../../../src/host/forwardedAddress";

/** Answers every request like this, and notes it. */
function answering(status: number | Error) {
  const asked: { url: string; init: RequestInit | undefined }[] = [];
  const ask: typeof fetch = async (url, init) => {
    asked.push({ url: url instanceof Request ? url.url : url.toString(), init });
    if (status instanceof Error) throw status;
    return new Response(null, { status });
  };
  return { ask, asked };
}

describe("an address that VS Code gives for the window's relay", () => {
  it("leads to the user's own computer, where nobody here can ask", async () => {
    const { ask, asked } = answering(404);
    const judged = await judgeAddress("http://localhost:40123/", ask);
    assert.deepEqual(judged, { reach: "own-computer", relay: "ws://localhost:40123" });
    assert.deepEqual(asked, []);
  });

  it("leads to the relay for everyone, when that answers there without a login", async () => {
    const { ask, asked } = answering(426);
    const judged = await judgeAddress("https://name-4711.preview.example/", ask);
    assert.deepEqual(judged, { reach: "everyone", relay: "wss://name-4711.preview.example" });
    const [{ url, init } = { url: "", init: undefined }] = asked;
    assert.match(url, /^https:\/\/name-4711\.preview\.example\/v1\/rooms\/\w{5}\?role=receiver$/);
    assert.equal(init?.redirect, "manual");
    assert.equal(init?.credentials, "omit");
  });

  it("keeps the path that VS Code puts before it", async () => {
    const { ask, asked } = answering(426);
    const judged = await judgeAddress("https://code.example/user/proxy/4711/", ask);
    assert.deepEqual(judged, { reach: "everyone", relay: "wss://code.example/user/proxy/4711" });
    assert.match(asked[0]?.url ?? "", /\/user\/proxy\/4711\/v1\/rooms\//);
  });

  for (const status of [200, 302, 401, 404, new Error("no answer")])
    it(`lets in only who is logged in, when something else answers (${status})`, async () => {
      const { ask } = answering(status);
      const judged = await judgeAddress("https://code.example/proxy/4711/", ask);
      assert.deepEqual(judged, { reach: "login", host: "code.example" });
    });

  it("asks on this computer too, where the address has a path", async () => {
    const { ask } = answering(404);
    const judged = await judgeAddress("http://127.0.0.1:8080/proxy/4711/", ask);
    assert.deepEqual(judged, { reach: "login", host: "127.0.0.1:8080" });
  });

  it("is dropped when it is no address of a relay", async () => {
    const { ask } = answering(426);
    assert.equal(await judgeAddress("https://x.example/?port=4711", ask), undefined);
  });
});
