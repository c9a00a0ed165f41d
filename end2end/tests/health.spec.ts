import { expect, test } from "./fixtures";

test("a running server says it is alive and ready", async ({ request }) => {
  expect((await request.get("/healthz")).status()).toBe(200);
  expect((await request.get("/readyz")).status()).toBe(200);
});

test("the browser's program comes compressed, and plain for who asks for it so", async ({ request }) => {
  const page = await (await request.get("/sign-in")).text();
  const module = page.match(/\/pkg\/[^"']+\.wasm/)?.[0];
  expect(module, "the page names its program").toBeTruthy();
  const of = (encoding: string) => request.get(module ?? "", { headers: { "accept-encoding": encoding } });
  const [brotli, gzip, plain] = [await of("br"), await of("gzip"), await of("identity")];
  expect(brotli.headers()["content-encoding"]).toBe("br");
  expect(gzip.headers()["content-encoding"]).toBe("gzip");
  expect(plain.headers()["content-encoding"]).toBeUndefined();
  const bytes = await plain.body();
  expect(bytes.subarray(0, 4).toString("latin1")).toBe("\0asm");
  expect(bytes.equals(await brotli.body())).toBe(true);
  expect(bytes.equals(await gzip.body())).toBe(true);
});
