/** Pages in the machine's own Chromium, without a window. */
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { Scope } from './scope.js';

const CHROMIUM = '/usr/bin/chromium';

export interface Window {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
}

/** A page with what went wrong in it so far: errors on its console, exceptions, and requests for anything but files. */
export interface OpenPage {
  readonly page: Page;
  readonly wrong: readonly string[];
}

/** Starts a browser that is closed when the scope ends. */
export async function startBrowser(scope: Scope): Promise<Browser> {
  // Nobody's rights can be taken away further as root in a container, and there is no screen.
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  scope.teardown(() => browser.close());
  return browser;
}

/** Opens a file from disk, `hash` behind it. */
export async function openFile(
  browser: Browser,
  file: string,
  hash = '',
  { width = 1280, height = 800, dark = false }: Window = {},
): Promise<OpenPage> {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light' });
  const wrong: string[] = [];
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('request', (request) => !/^(?:file|data|blob):/.test(request.url()) && wrong.push(request.url()));
  await page.goto(`${pathToFileURL(file)}${hash}`);
  return { page, wrong };
}

/** Scrolls an element; the page has drawn what is seen then. */
export async function scrollTo(page: Page, selector: string, top: number): Promise<void> {
  // As text: this program knows no types of a browser.
  await page.evaluate(`new Promise((done) => {
    document.querySelector(${JSON.stringify(selector)}).scrollTop = ${top};
    requestAnimationFrame(() => requestAnimationFrame(done));
  })`);
}

/** Width of everything on the page, in CSS pixels, also of what has to be scrolled to. */
export const contentWidth = (page: Page): Promise<number> =>
  page.evaluate<number>(
    "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth, document.querySelector('.view').scrollWidth)",
  );

export const scrollHeight = (page: Page, selector: string): Promise<number> =>
  page.evaluate<number>(`document.querySelector(${JSON.stringify(selector)}).scrollHeight`);
