/**
 * What a server says with every file of the page, strictest first: nothing but the page's own files, no inline script or
 * style, no evaluated code but WebAssembly. tools/serve.ts sends it; docs/hosting.md says how other hosts can.
 */
import type { Plugin } from 'vite';

const POLICY = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self'",
  'connect-src': "'self'",
  'style-src': "'self'",
  // Curves and figures are drawn as SVG in a data: address before they become a PNG.
  'img-src': "'self' data: blob:",
  'font-src': "'self'",
  'manifest-src': "'self'",
  'object-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
} as const;

/** The policy as one line, without `except`. */
function policy(...except: (keyof typeof POLICY)[]): string {
  return Object.entries(POLICY)
    .filter(([name]) => !except.some((each) => each === name))
    .map(([name, sources]) => `${name} ${sources}`)
    .join('; ');
}

export const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': policy(),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/** Writes the policy into the built page as well, for hosts that send no headers of ours. It cannot forbid frames there. */
export function contentPolicy(): Plugin {
  const content = policy('frame-ancestors');
  return {
    name: 'content-policy',
    // In development Vite needs inline styles.
    apply: 'build',
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content }, injectTo: 'head-prepend' },
    ],
  };
}
