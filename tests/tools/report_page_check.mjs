// SPDX-License-Identifier: Apache-2.0
// report_page_check.mjs CHROMIUM PAGE …: opens each page in both colour schemes and at
// several widths, and says what does not fit, overlaps, is too small or too pale.
// With SHOTS=FOLDER it also leaves a screenshot of each there.
import { createRequire } from "node:module";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const { chromium } = createRequire(import.meta.url)("playwright-core");
const [executablePath, ...pages] = process.argv.slice(2);
const widths = [1280, 820, 819, 390, 320];

// Runs in the page: returns one line for each finding.
function findings() {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth)
    found.push(`the page is ${root.scrollWidth} pixels wide and scrolls sideways`);

  const shown = (element) => element.getClientRects().length > 0;
  const box = (element) => element.getBoundingClientRect();
  const name = (element) => JSON.stringify(element.textContent.trim().slice(0, 40));
  const rgb = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };

  for (const svg of document.querySelectorAll("svg")) {
    if (!shown(svg)) continue;
    const whole = box(svg);
    const texts = [...svg.querySelectorAll("text")];
    const scale = whole.width / svg.viewBox.baseVal.width;
    for (const [i, text] of texts.entries()) {
      const here = box(text);
      const outside = Math.max(
        whole.left - here.left, here.right - whole.right,
        whole.top - here.top, here.bottom - whole.bottom);
      if (outside > 0.5) found.push(`${name(text)} leaves its picture`);
      const size = parseFloat(getComputedStyle(text).fontSize) * scale;
      if (size < 10) found.push(`${name(text)} has letters of ${size.toFixed(1)} pixels`);
      for (const other of texts.slice(i + 1)) {
        const there = box(other);
        const across = Math.min(here.right, there.right) - Math.max(here.left, there.left);
        const down = Math.min(here.bottom, there.bottom) - Math.max(here.top, there.top);
        // Boxes of letters have some air above and below.
        if (across > 0.5 && down > 3) found.push(`${name(text)} overlaps ${name(other)}`);
      }
      const ratio = contrast(rgb(getComputedStyle(text).fill), behind(svg));
      if (ratio < 4.5) found.push(`${name(text)} has a contrast of ${ratio.toFixed(2)}`);
    }
    for (const path of svg.querySelectorAll("path")) {
      const here = box(path);
      if (here.right > whole.right + 1 || here.bottom > whole.bottom + 1
          || here.left < whole.left - 1 || here.top < whole.top - 1)
        found.push(`a shape ${path.getAttribute("class")} leaves its picture`);
    }
  }

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("svg") || !shown(element)) continue;
    const style = getComputedStyle(element);
    if (parseFloat(style.fontSize) < 10) found.push(`${name(element)} is set too small`);
    const ratio = contrast(rgb(style.color), behind(element));
    if (ratio < 4.5) found.push(`${name(element)} has a contrast of ${ratio.toFixed(2)}`);
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    for (const part of range.getClientRects())
      if (part.right > innerWidth + 0.5 || part.left < -0.5)
        if (!element.closest("thead")) found.push(`${name(element)} leaves the page`);
    const cell = element.closest("td, th, .tile, pre, dd");
    if (cell && !element.closest("thead") && cell.scrollWidth > cell.clientWidth + 1
        && cell.clientWidth > 0 && style.display !== "inline")
      found.push(`${name(element)} is wider than its place`);
  }
  return [...new Set(found)];
}

const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let bad = 0;
for (const file of pages)
  for (const colorScheme of ["light", "dark"]) {
    const page = await browser.newPage({ colorScheme });
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("console", (message) => asked.push(`said: ${message.text()}`));
    await page.goto(pathToFileURL(resolve(file)).href);
    await page.evaluate(() => document.querySelectorAll("details").forEach((each) => (each.open = true)));
    const found = [];
    if (asked.length !== 1) found.push(`it asked for more than itself: ${asked.slice(1).join(", ")}`);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      for (const each of await page.evaluate(findings)) found.push(`at ${width} pixels: ${each}`);
      if (process.env.SHOTS)
        await page.screenshot({
          path: `${process.env.SHOTS}/${basename(file, ".html")}-${colorScheme}-${width}.png`,
          fullPage: true,
        });
    }
    for (const each of found.slice(0, 20)) console.error(`${basename(file)}, ${colorScheme}, ${each}`);
    bad += found.length;
    await page.close();
  }
await browser.close();
console.log(bad === 0 ? "all good" : `${bad} findings`);
process.exit(bad === 0 ? 0 : 1);
