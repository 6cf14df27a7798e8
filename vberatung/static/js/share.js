/**
 * Copies or shares the link of a page, where the browser can.
 * @param {Element} part  of the page
 * @param {(text: string) => void} [announce]  where the page has a live region of its own
 */
export function shareIn(part, announce) {
  const text = part.querySelector('[data-share-text]');
  const says = part.querySelector('[data-copied]');
  if (!text || !says) return;
  const link = String(text.textContent).trim();
  /** @param {string} name @param {boolean} able @param {() => void} action */
  const offer = (name, able, action) => {
    const button = /** @type {HTMLElement} */ (part.querySelector('[' + name + ']'));
    button.hidden = !able;
    button.onclick = action;
  };
  /** @param {string} name */
  const say = name => {
    says.textContent = says.getAttribute(name);
    if (announce) announce(String(says.textContent));
  };
  // Old engines, and pages without https, have the clipboard only for what is marked.
  const copyMarked = () => {
    const selection = /** @type {Selection} */ (window.getSelection());
    selection.selectAllChildren(text);
    say(document.execCommand('copy') ? 'data-copied' : 'data-not-copied');
  };
  offer('data-copy', true, () => {
    if (navigator.clipboard && navigator.clipboard.writeText) navigator.clipboard.writeText(link).then(() => say('data-copied'), copyMarked);
    else copyMarked();
  });
  offer('data-share', 'share' in navigator, () => { navigator.share({ url: link }).catch(() => { /* They thought better of it. */ }); });
}

shareIn(document.body);
