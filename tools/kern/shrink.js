// KERN for old engines and small budgets. Usage: node shrink.js in.css out.css app.css
// 1. Drops the variants that our templates do not use, and what old engines cannot read (:has, :is, color-mix).
// 2. Writes every size straight into its rule; only colours stay custom properties, light in :root, dark by media query.
// 3. Keeps only colours that the rules here or our app.css use, as hex instead of oklch().
// 4. Adds mirrored rules for [dir=rtl]. 5. Minifies for Chromium 60, Safari 11, Firefox 60.
const fs = require('fs');
const postcss = require('postcss');
const lightningcss = require('lightningcss');

const [source, target, appCss] = process.argv.slice(2);
const UNUSED = /:has\(|:is\(|x-small|file|kern-icon|__optional|btn-wrapper|--horizontal|badge--small|--width-|readonly|kern-(dark|light)|data-kern-theme|option$|kern-level|--large|--small|tabindex|fieldset \.kern-error|check \.kern-error|badge \.kern-label|alert \.kern-title|:after|^(input|label|select|option)|__body--/;
const root = postcss.parse(fs.readFileSync(source, 'utf8'));

// --- colours -------------------------------------------------------------------------------------------------------
function oklchToOklab(L, C, h) {
  const a = C * Math.cos(h * Math.PI / 180), b = C * Math.sin(h * Math.PI / 180);
  return [L, a, b];
}
function oklabToHex([L, a, b]) {
  const l = (L + .3963377774 * a + .2158037573 * b) ** 3, m = (L - .1055613458 * a - .0638541728 * b) ** 3, s = (L - .0894841775 * a - 1.291485548 * b) ** 3;
  return '#' + [4.0767416621 * l - 3.3077115913 * m + .2309699292 * s, -1.2684380046 * l + 2.6097574011 * m - .3413193965 * s, -.0041960863 * l - .7034186147 * m + 1.707614701 * s]
    .map((x) => { x = Math.min(1, Math.max(0, x)); x = x <= .0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - .055; return Math.round(x * 255).toString(16).padStart(2, '0'); }).join('');
}
function oklab(value) {
  const parts = /^oklch\(\s*([\d.]+)%\s+([\d.]+)\s+([\d.]+)(?:deg)?\s*\)$/.exec(value);
  if (parts) return oklchToOklab(parts[1] / 100, +parts[2], +parts[3]);
  if (value === 'white') return [1, 0, 0];
  if (value === 'black') return [0, 0, 0];
  throw new Error('no colour: ' + value);
}
/** color-mix(in oklch, A, B p%) with the percentages of KERN: 100% - x or x. */
function mix(value) {
  const parts = /^color-mix\(in oklch,\s*(.+?),\s*(white|black|transparent)\s+(?:calc\(100% - ([\d.]+)%\)|([\d.]+)%)\)$/.exec(value);
  if (!parts) return null;
  const share = (parts[3] !== undefined ? 100 - parts[3] : +parts[4]) / 100;
  if (parts[2] === 'transparent') return oklabToHex(oklab(parts[1])) + Math.round((1 - share) * 255).toString(16).padStart(2, '0');
  const one = oklab(parts[1]), two = oklab(parts[2]);
  return oklabToHex(one.map((x, i) => x * (1 - share) + two[i] * share));
}

// --- tokens --------------------------------------------------------------------------------------------------------
const light = {}, dark = {};
root.walkDecls(/^--/, (decl) => {
  const inMedia = decl.parent.parent.type === 'atrule' ? decl.parent.parent.params : '';
  if (decl.parent.selector !== ':root') return;
  if (/dark/.test(inMedia)) dark[decl.prop] = decl.value;
  else if (/light/.test(inMedia) || !inMedia) light[decl.prop] = decl.value;
});
Object.assign(light, { '--kern-typography-font-family-default': 'inherit' });
function resolve(value, tokens) {
  for (let i = 0; i < 20 && /var\(/.test(value); i++) {
    value = value.replace(/var\(\s*(--[\w-]+)\s*(?:,\s*((?:[^()]|\([^()]*\))*))?\)/g, (all, name, fallback) => {
      const known = tokens[name] !== undefined ? tokens[name] : light[name];
      if (known !== undefined) return known;
      if (fallback !== undefined) return fallback;
      throw new Error('unknown token ' + name);
    });
  }
  return value;
}
function colour(name, tokens) {
  const value = resolve(`var(${name})`, Object.assign({}, light, tokens)).trim();
  return value.startsWith('color-mix') ? mix(value) : value.startsWith('oklch') ? oklabToHex(oklab(value)) : value;
}
/** The level-0 names ("contextual") of KERN are the plain tokens. */
function plainName(name) {
  return name.replace(/-contextual$/, '').replace('layout-layer-surface', 'layout-background-default-surface');
}

// --- rules ---------------------------------------------------------------------------------------------------------
root.walkComments((comment) => comment.remove());
root.walkAtRules('media', (media) => { if (/prefers-color-scheme|min-width|max-width/.test(media.params)) media.remove(); });
root.walkRules((rule) => {
  const kept = rule.selectors.filter((s) => !UNUSED.test(s) && s !== ':root');
  const focus = kept.some((s) => /:focus(?!-visible)/.test(s));
  const readable = kept.filter((s) => !(focus && /:focus-visible/.test(s)));
  if (readable.length) rule.selectors = readable; else rule.remove();
});
const used = new Set();
root.walkDecls((decl) => {
  if (/^--/.test(decl.prop) || /^(-webkit-)?(gap|mask.*|line-clamp|box-orient|font-family|scrollbar-gutter|forced-color-adjust)$/.test(decl.prop)) { decl.remove(); return; }
  decl.value = decl.value.replace(/var\(\s*(--kern-color-[\w-]+)\s*(?:,\s*(?:-contextual,)?\s*#[0-9a-fA-F]+\s*)?\)/g, (all, name) => {
    name = plainName(name);
    if (/opacity-disabled/.test(name)) return light[name];
    used.add(name);
    return `\u0001${name}\u0002`;
  });
  decl.value = resolve(decl.value, light).replace(/\u0001/g, 'var(').replace(/\u0002/g, ')');
});

// Right to left: a mirrored rule after every rule that names a side.
const SIDES = { 'padding-left': 'padding-right', 'padding-right': 'padding-left', 'margin-left': 'margin-right', 'border-left': 'border-right', float: 'float', left: 'right' };
root.walkRules((rule) => {
  if (rule.selector.startsWith('[dir') || /::?before/.test(rule.selector)) return;
  const mirrored = [];
  rule.each((decl) => {
    if (decl.type !== 'decl') return;
    if (decl.prop === 'float') mirrored.push(['float', decl.value === 'left' ? 'right' : 'left']);
    else if (SIDES[decl.prop]) mirrored.push([decl.prop, decl.prop.startsWith('border') ? 'none' : '0'], [SIDES[decl.prop], decl.value]);
    else if (decl.prop === 'padding') {
      const sides = decl.value.split(/\s+(?![^(]*\))/);
      if (sides.length === 4 && sides[1] !== sides[3]) mirrored.push(['padding', [sides[0], sides[3], sides[2], sides[1]].join(' ')]);
    }
  });
  if (!mirrored.length) return;
  const copy = postcss.rule({ selectors: rule.selectors.map((s) => '[dir=rtl] ' + s) });
  mirrored.forEach(([prop, value]) => copy.append({ prop, value }));
  rule.after(copy);
});
for (let again = true; again;) {
  again = false;
  root.walk((node) => { if (node.nodes && !node.nodes.length) { node.remove(); again = true; } });
}

// --- colours that are used, here or in our own sheet ---------------------------------------------------------------
for (const [, name] of fs.readFileSync(appCss, 'utf8').matchAll(/var\((--kern-color-[\w-]+)/g)) used.add(name);
const names = [...used].sort();
const block = (tokens) => ':root{' + names.map((n) => `${n}:${colour(n, tokens)}`).join(';') + '}';
const css = `${block({})}@media (prefers-color-scheme:dark){${block(dark)}}\n` + root.toString();

const version = (major) => major << 16;
const out = lightningcss.transform({ filename: 'kern-subset.css', code: Buffer.from(css), minify: true, targets: { chrome: version(60), safari: version(11), firefox: version(60) } });
out.warnings.forEach((warning) => console.warn(warning.message));
const text = '/*! Subset of KERN (@kern-ux/native 2.7.2), EUPL-1.2, see LICENSE.md. Made by tools/vendor-kern.sh; do not edit. */\n' + out.code.toString() + '\n';
if (/oklch|color-mix|:has\(|:is\(|url\(|@import/.test(text)) throw new Error('something that old engines or our policy refuse is left');
fs.writeFileSync(target, text);
console.log(`${target}: ${text.length} bytes, ${require('zlib').gzipSync(text, { level: 9 }).length} gzipped, ${names.length} colours`);
