/** What people take home, as a page or as plain text. Pure. A section without lines is left out. */

/** @typedef {{heading: string, lines: string[]}} Section */

const STYLE = 'body{max-width:42rem;margin:2rem auto;padding:0 1rem;font:1.125rem/1.5 sans-serif}li{margin:.25rem 0;white-space:pre-line}';

/** All that some editor takes for the end of a line: what one person wrote must not look like a line of another. */
const LINE_END = /\r\n?|[\n\v\f\x1c-\x1e\x85\u2028\u2029]/g;

/** @param {Section[]} sections @returns {Section[]} */
function filled(sections) {
  return sections.filter(section => section.lines.length)
    .map(section => ({ heading: section.heading, lines: section.lines.map(line => line.replace(LINE_END, '\n')) }));
}

/**
 * @param {string} title
 * @param {string} when
 * @param {Section[]} sections
 * @returns {string} with the line ends and the mark that every editor of every system understands
 */
export function asText(title, when, sections) {
  const parts = filled(sections).map(section => [section.heading, '-'.repeat(section.heading.length)]
    .concat(section.lines.map(line => '* ' + line.replace(/\n/g, '\n  '))).join('\n'));
  return '\uFEFF' + [title, when, ''].concat(parts.join('\n\n'), '').join('\n').replace(/\n/g, '\r\n');
}

/**
 * @param {string} title
 * @param {string} when
 * @param {Section[]} sections
 * @param {{lang: string, dir: string}} language
 * @returns {string}
 */
export function asPage(title, when, sections, language) {
  const parts = filled(sections).map(section => '<h2>' + escape(section.heading) + '</h2>\n<ul>\n'
    + section.lines.map(line => '<li dir="auto">' + escape(line) + '</li>').join('\n') + '\n</ul>');
  return '<!doctype html>\n<html lang="' + escape(language.lang) + '" dir="' + escape(language.dir) + '">\n<head>\n<meta charset="utf-8">\n'
    + '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    // Whatever somebody wrote: this page never runs or loads anything.
    + '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">\n'
    + '<title>' + escape(title) + '</title>\n<style>' + STYLE + '</style>\n</head>\n<body>\n<h1>' + escape(title) + '</h1>\n<p>' + escape(when) + '</p>\n'
    + parts.join('\n') + '\n</body>\n</html>\n';
}

/** @param {string} text */
function escape(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
