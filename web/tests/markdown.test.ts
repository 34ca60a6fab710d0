import temml from 'temml';
import { describe, expect, it } from 'vitest';

import { BlockSplitter, type Block } from '../src/markdown/blocks';
import { highlighter } from '../src/markdown/highlighter';
import { link_host, MarkdownRenderer } from '../src/markdown/render';
import { sanitised } from '../src/markdown/sanitise';

const renderer = new MarkdownRenderer(
  {
    formula: (tex, displayMode) => temml.renderToString(tex, { displayMode }).replace(/ style="[^"]*"/g, ''),
    highlight: (code, language) => (highlighter.getLanguage(language) ? highlighter.highlight(code, { language }).value : null),
  },
  { image: 'image' },
);
function dom(markdown: string): HTMLElement {
  const element = document.createElement('div');
  element.innerHTML = renderer.html(markdown);
  return element;
}
const short = (blocks: Block[]) => blocks.map((block) => (block.kind === 'code' ? `${block.language}|${block.code}${block.is_open ? '…' : ''}` : block.source));

describe('blocks', () => {
  const split = (text: string) => short(new BlockSplitter().split(text));

  it('are cut at blank lines and fences', () => {
    expect(split('# A\ntext\n\nmore\n```py\nx = 1\n\ny\n```\nend')).toEqual(['# A\ntext', 'more', 'py|x = 1\n\ny', 'end']);
  });
  it('hold lists, quotes, indented code and formulas together', () => {
    expect(split('- a\n\n- b\n\n  inner\n\nout')).toEqual(['- a\n\n- b\n\n  inner', 'out']);
    expect(split('> a\n\n> b\n\nout')).toEqual(['> a\n\n> b', 'out']);
    expect(split('    a\n\n    b\n\nout')).toEqual(['    a\n\n    b', 'out']);
    expect(split('$$\na\n$$\n\nb')).toEqual(['$$\na\n$$', 'b']);
    expect(split('1. a\n   ```js\n   f()\n   ```\n2. b')).toEqual(['1. a\n   ```js\n   f()\n   ```\n2. b']);
  });
  it('know fences of CommonMark', () => {
    expect(split('````\n```\nx\n````')).toEqual(['|```\nx']);
    expect(split('~~~ruby startline=3\nx\n~~~')).toEqual(['ruby|x']);
    expect(split('  ```\n    x\n  ```')).toEqual(['|  x']);
    expect(split('``` a`b\nx')).toEqual(['``` a`b\nx']);
    expect(split('```\nopen')).toEqual(['|open…']);
    expect(split('```\nx\n``')).toEqual(['|x…']);
  });
  it('carry link definitions to every block', () => {
    const splitter = new BlockSplitter();
    splitter.split('See [it][1].\n\n[1]: https://example.org/a\n\nend');
    expect(splitter.definitions).toBe('[1]: https://example.org/a\n');
    expect(renderer.html('See [it][1].', splitter.definitions)).toContain('href="https://example.org/a"');
  });

  it('are the same whether the text came at once or letter by letter', () => {
    const text = '# T\n\npara *x*\nmore\n\n- a\n\n- b\n```c\nint x;\n\n```\n\n| a |\n|---|\n| 1 |\n\n$$\n\\frac12\n$$\n\n> q\n\nend\n~~~\nopen\n';
    const whole = short(new BlockSplitter().split(text));
    const splitter = new BlockSplitter();
    let last: Block[] = [];
    for (let end = 1; end <= text.length; ++end) last = splitter.split(text.slice(0, end));
    expect(short(last)).toEqual(whole);
  });
  it('do not change behind the last one', () => {
    const text = 'one\n\ntwo\n\n```js\na\n```\n\nthree\n\nfour';
    const splitter = new BlockSplitter();
    let before: Block[] = [];
    for (let end = 1; end <= text.length; ++end) {
      const now = splitter.split(text.slice(0, end));
      // Everything but the last two may not be drawn again.
      for (let i = 0; i < Math.min(before.length, now.length) - 2; ++i) expect(now[i]).toBe(before[i]);
      before = now;
    }
  });
  it('begin anew with another text', () => {
    const splitter = new BlockSplitter();
    splitter.split('one\n\ntwo\n\nthree');
    expect(short(splitter.split('else\n\n'))).toEqual(['else']);
  });
});

describe('Markdown', () => {
  it('has tables, task lists and strikethrough', () => {
    const table = dom('| a | b |\n|---|--:|\n| 1 | 2 |');
    expect(table.querySelectorAll('td')).toHaveLength(2);
    expect(table.querySelectorAll('td')[1]?.getAttribute('align')).toBe('right');
    expect(dom('- [x] done\n- [ ] open').textContent?.trim()).toBe('☑ done\n☐ open');
    expect(dom('~~no~~').querySelector('del')?.textContent).toBe('no');
    expect(dom('7. seven').querySelector('ol')?.getAttribute('start')).toBe('7');
  });
  it('opens links apart and shows where they lead', () => {
    const link = dom('[here](https://evil.example/a?b=c&d)').querySelector('a');
    expect(link?.getAttribute('href')).toBe('https://evil.example/a?b=c&d');
    expect(link?.getAttribute('target')).toBe('_blank');
    expect(link?.getAttribute('rel')).toContain('noopener noreferrer');
    expect(link?.querySelector('.link-host')?.textContent).toBe('evil.example');
    expect(dom('<https://a.example/x>').querySelector('.link-host')).toBeNull();
    expect(dom('[mine.example](https://evil.example)').querySelector('.link-host')?.textContent).toBe('evil.example');
  });
  it('makes links of images, so that nothing is loaded', () => {
    const image = dom('![a cat](https://tracker.example/cat.png)');
    expect(image.querySelector('img')).toBeNull();
    expect(image.querySelector('a')?.textContent).toContain('image: a cat');
  });
  it('shows formulas, and money as money', () => {
    expect(dom('so $a^2$ is').querySelector('math msup')).not.toBeNull();
    expect(dom('so \\(a^2\\) is').querySelector('math')).not.toBeNull();
    expect(dom('On average $O(n \\log n)$ comparisons').textContent).toMatch(/^On average O\(n.*comparisons/);
    expect(dom('$$\n\\sum_{k=1}^n k\n$$').querySelector('div.formula math[display=block] munderover')).not.toBeNull();
    expect(dom('\\[ x \\]').querySelector('div.formula math')).not.toBeNull();
    expect(dom('It costs $5 and $6.').textContent?.trim()).toBe('It costs $5 and $6.');
    expect(dom('`$x$`').querySelector('math')).toBeNull();
  });
  it('colours code', () => {
    expect(dom('1. x\n   ```js\n   const a = 1;\n   ```').querySelector('pre .hljs-keyword')?.textContent).toBe('const');
    expect(renderer.code_html('<b>', 'nothing-like-it')).toBe('&lt;b&gt;');
  });
});

describe('what a model says', () => {
  // From the OWASP cheat sheet on filter evasion, and what Markdown adds.
  const attacks = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg onload=alert(1)>',
    '<svg><script>alert(1)</script></svg>',
    '<iframe src="javascript:alert(1)"></iframe>',
    '<a href="javascript:alert(1)">x</a>',
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)',
    '[x](vbscript:msgbox(1))',
    '![x](javascript:alert(1))',
    '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
    '<form action="https://evil.example"><input name=a><button>go</button></form>',
    '<style>body{display:none}</style>',
    '<div style="position:fixed;inset:0">x</div>',
    '<base href="https://evil.example/">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<link rel=stylesheet href=https://evil.example/a.css>',
    '<video src=https://evil.example/a.mp4 autoplay></video>',
    '<object data="https://evil.example"></object>',
    '```"><img src=x onerror=alert(1)>\ncode\n```',
    '$\\href{javascript:alert(1)}{x}$',
    '$\\class{x" onmouseover="alert(1)}{y}$',
    '<b onclick=alert(1)>x</b>',
    '<details open ontoggle=alert(1)>x</details>',
    '[a]: javascript:alert(1)\n\n[a]',
  ];
  const forbidden = 'input, script, img, svg, iframe, object, embed, form, button, style, base, meta, link, video, audio, source, textarea, select, details';

  const check = (element: HTMLElement, attack: string) => {
    expect(element.querySelector(forbidden), attack).toBeNull();
    for (const node of element.querySelectorAll('*')) {
      for (const attribute of node.attributes) {
        expect(attribute.name, attack).not.toMatch(/^on|^style$|^src$|^srcdoc$|^action$|^id$|^name$/);
        if (attribute.name === 'href') expect(attribute.value, attack).toMatch(/^(https?:|mailto:)/);
      }
    }
  };
  it('runs nothing and loads nothing', () => {
    for (const attack of attacks) check(dom(attack), attack);
  });
  it('does not get through the second wall either', () => {
    for (const attack of attacks) {
      const element = document.createElement('div');
      element.innerHTML = sanitised(attack);
      check(element, attack);
    }
  });
  it('is shown as what it is', () => {
    expect(dom('a <script>x</script> b').textContent?.trim()).toBe('a <script>x</script> b');
    expect(dom('H<sub>2</sub>O').querySelector('sub')?.textContent).toBe('2');
    expect(dom('<div class="notices">x</div>').textContent).toContain('<div class="notices">');
  });
  it('can borrow none of the looks of the page', () => {
    expect(sanitised('<span class="button primary hljs-keyword">x</span>')).toBe('<span class="hljs-keyword">x</span>');
  });
  it('has links to the web only', () => {
    expect(['https://a.example:8443/x', 'mailto:a@b.example', 'file:///etc/passwd', '/models', 'x'].map(link_host)).toEqual([
      'a.example:8443', 'a@b.example', null, null, null,
    ]);
  });
});
