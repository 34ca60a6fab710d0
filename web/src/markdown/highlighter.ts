// highlight.js with the languages that people talk about most.
import hljs from 'highlight.js/lib/common';
import cmake from 'highlight.js/lib/languages/cmake';
import dockerfile from 'highlight.js/lib/languages/dockerfile';
import haskell from 'highlight.js/lib/languages/haskell';
import nginx from 'highlight.js/lib/languages/nginx';
import powershell from 'highlight.js/lib/languages/powershell';
import scala from 'highlight.js/lib/languages/scala';

hljs.registerLanguage('cmake', cmake);
hljs.registerLanguage('dockerfile', dockerfile);
hljs.registerLanguage('haskell', haskell);
hljs.registerLanguage('nginx', nginx);
hljs.registerLanguage('powershell', powershell);
hljs.registerLanguage('scala', scala);

export const highlighter = hljs;
