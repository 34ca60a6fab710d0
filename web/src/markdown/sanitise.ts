// The wall between what a model (or a file, or an import) says and the page: only these elements and attributes come
// through, whatever stands in the text. No script, form, image, frame or style.
import DOMPurify, { type Config } from 'dompurify';

const TEXT_TAGS = [
  'a', 'b', 'blockquote', 'br', 'code', 'del', 'div', 'em', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'i', 'kbd', 'li',
  'mark', 'ol', 'p', 'pre', 's', 'span', 'strong', 'sub', 'sup', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'u', 'ul',
];
const MATH_TAGS = [
  'math', 'menclose', 'merror', 'mfrac', 'mi', 'mmultiscripts', 'mn', 'mo', 'mover', 'mpadded', 'mphantom', 'mprescripts', 'mroot', 'mrow',
  'ms', 'mspace', 'msqrt', 'mstyle', 'msub', 'msubsup', 'msup', 'mtable', 'mtd', 'mtext', 'mtr', 'munder', 'munderover', 'none',
];
const MATH_ATTRIBUTES = [
  'accent', 'accentunder', 'columnalign', 'columnlines', 'columnspacing', 'columnspan', 'depth', 'display', 'displaystyle', 'fence', 'form',
  'frame', 'height', 'largeop', 'linethickness', 'lspace', 'mathvariant', 'maxsize', 'minsize', 'movablelimits', 'notation', 'rowlines',
  'rowspacing', 'rowspan', 'rspace', 'scriptlevel', 'separator', 'stretchy', 'symmetric', 'voffset', 'width', 'xmlns',
];
const SAFE_ATTRIBUTES = ['align', 'class', 'colspan', 'rel', 'rowspan', 'start', 'target', 'title', ...MATH_ATTRIBUTES];
const CONFIG: Config = {
  ALLOWED_TAGS: [...TEXT_TAGS, ...MATH_TAGS],
  ALLOWED_ATTR: ['href', ...SAFE_ATTRIBUTES],
  // Only href is an address; the others are not to be taken for one.
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:)/i,
  ADD_URI_SAFE_ATTR: SAFE_ATTRIBUTES,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_TRUSTED_TYPE: false,
};

/** Classes that the page itself gives; any other could borrow its looks. */
const CLASS = /^(?:hljs(?:-[\w-]+)?|language-[\w+#.-]+|link-host|formula|formula-source|tml-[\w-]+|[a-z_]+_)$/;

const purify = DOMPurify(window);
// Once: to read the lists again for each block takes longer than most blocks do.
purify.setConfig(CONFIG);
purify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName === 'A') {
    node.setAttribute('target', '_blank');
    node.setAttribute('rel', 'noopener noreferrer nofollow');
  }
  const classes = node.getAttribute('class');
  if (classes !== null) {
    const kept = classes.split(/\s+/).filter((name) => CLASS.test(name));
    if (kept.length > 0) node.setAttribute('class', kept.join(' '));
    else node.removeAttribute('class');
  }
});

export const sanitised = (html: string): string => purify.sanitize(html);
