// Drives a Chromium that is installed already: a JSON line in, one out.
// The arguments are the folder of the packages, and the browser's program.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [tools, program] = process.argv.slice(2);
const { chromium } = createRequire(`${tools}/`)("playwright-core");
const AXE = readFileSync(`${tools}/node_modules/axe-core/axe.min.js`, "utf8");

const browser = await chromium.launch({
  executablePath: program,
  // Containers run as root and have a small /dev/shm.
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
let page;
let session;
let told;

// By the protocol itself, because the page's own policy forbids what playwright would evaluate.
async function evaluate(expression) {
  const given = { expression, awaitPromise: true, returnByValue: true };
  const { result, exceptionDetails } = await session.send("Runtime.evaluate", given);
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}

const answers = {
  async open({ url, width, height, scheme, javascript }) {
    await page?.context().close();
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: scheme,
      javaScriptEnabled: javascript,
    });
    page = await context.newPage();
    session = await context.newCDPSession(page);
    told = { errors: [], requests: [] };
    page.on("console", (each) => {
      if (["error", "warning"].includes(each.type())) told.errors.push(each.text());
    });
    page.on("pageerror", (each) => told.errors.push(String(each)));
    page.on("dialog", async (each) => {
      told.errors.push(`dialog: ${each.message()}`);
      await each.dismiss();
    });
    page.on("request", (each) => told.requests.push(each.url()));
    await page.goto(url, { waitUntil: "load" });
  },
  told: () => told,
  evaluate: ({ expression }) => evaluate(expression),
  press: ({ key }) => page.keyboard.press(key),
  type: ({ text }) => page.keyboard.type(text),
  text: ({ selector }) => page.locator(selector).innerText(),
  async barriers() {
    await evaluate(`${AXE};0`);
    const found = await evaluate(`axe.run({ resultTypes: ["violations"] }).then((each) => each.violations.map(
      ({ id, impact, help, nodes }) => ({ id, impact, help, targets: nodes.map((node) => String(node.target)) })))`);
    return found;
  },
  screenshot: ({ path, whole }) => page.screenshot({ path, fullPage: whole }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, ...request } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ answer: (await answers[ask](request)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
await browser.close();
