// Clicks through every page of the console in a real browser and saves a picture of each.
//
//   p5 serve RUN --port 8080 --feedback sqlite:/tmp/f.db &
//   (cd console && npm ci && node test/browser.mjs http://127.0.0.1:8080 /tmp/pictures)
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const [address = "http://127.0.0.1:8080", folder = "pictures"] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
const page = await context.newPage();

const problems = [];
let checks = 0;
page.on("pageerror", (error) => problems.push(`script: ${error.message}`));
page.on("console", (message) => message.type() === "error" && !message.text().startsWith("Failed to load resource") && problems.push(`console: ${message.text()}`));
page.on("request", (request) => !request.url().startsWith(address) && !request.url().startsWith("data:") && problems.push(`another host: ${request.url()}`));

function check(name, good) {
  checks += 1;
  console.log(`${good ? "ok  " : "FAIL"} ${name}`);
  if (!good) problems.push(name);
}
const picture = (name) => page.screenshot({ path: `${folder}/${name}.png` });
// By asking again: the page's policy forbids the scripts that waitForFunction would put into it.
async function until(condition, argument) {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await page.evaluate(condition, argument)) return;
    await page.waitForTimeout(50);
  }
  throw new Error(`not within 20 s: ${condition}`);
}
const settled = () => until(() => !document.querySelector("[role=status]"));
const open = async (place) => {
  await page.goto(`${address}/#${place}`);
  await page.reload();
  await settled();
};

const api = async (path) => (await (await fetch(address + path)).json());
const user = (await api("/api/v1/users?limit=1")).users[0].user;
const item = (await api("/api/v1/items?limit=1")).items[0].item;

// People: search, a user's two lists, a filter, somebody new.
await open("people");
await page.fill("input[type=search]", user);
await page.waitForTimeout(500);
await settled();
await page.click(".found a");
await page.waitForSelector(".two table");
await settled();
check("people: two lists of ten", (await page.locator(".two table tbody tr").count()) === 20);
check("people: the history is shown", (await page.locator("h3", { hasText: "History" }).count()) === 1);
await picture("people");
await page.selectOption(".two div:nth-child(1) select", "popularity");
await settled();
check("people: another source", (await page.locator(".two > div:nth-child(1) .tag").first().textContent()) === "popularity");
await page.fill("input[aria-label=Filter]", "nonsense<");
await page.waitForTimeout(600);
await settled();
check("people: a bad filter is one sentence", (await page.locator(".two .error").count()) === 2);
await page.fill("input[aria-label='History of somebody new']", item);
await page.click("aside button");
await page.waitForSelector("h2:has-text('Somebody new')");
await settled();
check("people: somebody new gets lists", (await page.locator(".two table tbody tr").count()) > 0);
await page.goto(`${address}/#people/${encodeURIComponent("<img src=x onerror=alert(1)>")}`);
await settled();
check("people: an unknown user is one sentence, and no HTML", (await page.locator("section .error").count()) === 1 && (await page.locator("section img").count()) === 0);

// Items.
await open(`items/${encodeURIComponent(item)}`);
await page.waitForSelector("section table");
check("items: similar ones", (await page.locator("section table tbody tr").count()) > 0);
check("items: who had it", (await page.locator("ul.inline li").count()) > 0);
await picture("items");
await page.click("section table tbody a");
await settled();
check("items: a similar one opens", !page.url().includes(encodeURIComponent(item)));

// Prompts.
await open("prompts/2-3");
await page.fill("input[aria-label=user]", user);
await page.click("form button");
await page.waitForSelector("h3:has-text('Answer')");
check("prompts: read and answered", (await page.locator("section pre").count()) >= 3);
await picture("prompts");
await open("prompts");
await page.fill("textarea", "What comes next?");
await page.click("section form button");
await page.waitForSelector("h3:has-text('Answer')");
check("prompts: a text of one's own", (await page.locator("section pre").count()) === 2);

// Runs and Live.
await open("runs");
await page.waitForSelector("figure svg");
check("runs: the curves of the training", (await page.locator("figure svg path").count()) > 0);
await picture("runs");
await open("live");
await page.waitForSelector(".tile");
await page.waitForTimeout(5000);
check("live: figures and charts", (await page.locator(".tile").count()) === 11 && (await page.locator("figure svg[role=img]").count()) >= 3);
check("live: what changed against the training", (await page.locator("figure table").count()) === 3);
await picture("live");

// Keyboard, a narrow window, dark.
await page.keyboard.press("Alt+2");
await until(() => location.hash === "#items");
await page.keyboard.press("Tab");
await page.locator("body").click({ position: { x: 600, y: 600 } });
await page.keyboard.press("/");
check("keyboard: slash goes to the search", await page.evaluate(() => document.activeElement?.getAttribute("type") === "search"));
await page.setViewportSize({ width: 390, height: 844 });
await open(`people/${encodeURIComponent(user)}`);
await page.waitForSelector(".two table");
check("narrow: nothing is wider than the window", await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
await picture("narrow");
await page.emulateMedia({ colorScheme: "dark" });
await page.setViewportSize({ width: 1280, height: 900 });
await open(`people/${encodeURIComponent(user)}`);
await page.waitForSelector(".two table");
await picture("dark");

await browser.close();
for (const problem of problems) console.error(`problem: ${problem}`);
console.log(`${checks} checks, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
