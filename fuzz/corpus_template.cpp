#include <string>

#include "corpus.h"
#include "text/chat_template.h"

namespace {

using hearth::fuzz::Seeds;

Seeds template_seeds() {
  Seeds seeds;
  for (const std::string_view name : hearth::ChatTemplate::builtin_names()) {
    seeds[std::string(name) + ".jinja"] = hearth::ChatTemplate::builtin(name).source();
  }
  seeds["loops"] =
      "{%- for m in messages if m.role != 'tool' -%}{{ loop.index }}/{{ loop.length }}{% if loop.last %}{% break %}{% "
      "endif %}"
      "{{ loop.cycle('a', 'b') }}{{ loop.nextitem.role }}{% else %}none{%- endfor %}";
  seeds["recursive"] = "{% for x in [[1, [2]], 3] recursive %}{{ loop(x) if x is iterable else x }}{% endfor %}";
  seeds["macros"] =
      "{% macro m(a, b=1) %}{{ a ~ b }}{{ caller(2) if caller }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, c=2) }}"
      "{% call(x) m(3) %}<{{ x }}>{% endcall %}{% filter upper %}abc{% endfilter %}{% generation %}g{% endgeneration "
      "%}";
  seeds["sets"] =
      "{% set ns = namespace(a=[]) %}{% for x in list %}{% set ns.a = ns.a + [x] %}{% endfor %}{{ ns.a|sort|join(',') "
      "}}"
      "{% set t %}block{% endset %}{{ t[::-1] }}{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{% set (p, q) = 1, 2 %}";
  seeds["filters"] =
      "{{ tools|tojson(indent=2) }}{{ list|map('string')|join }}{{ messages|selectattr('role', 'equalto', "
      "'user')|list|length }}"
      "{{ messages|groupby('role') }}{{ list|batch(2, 0)|list }}{{ 'a b'|title|replace('A', 'x')|indent(2, true) }}"
      "{{ {'b': 1, 'a': 2}|dictsort }}{{ 3.14159|round(2) }}{{ '42'|int + 1 }}{{ list|sum }}{{ x|default('d') }}"
      "{{ '%05.1f|%s' % (n, list) }}{{ '{:>5}{a!r}'.format(1, a='x') }}{{ 'a,b'.split(',', 1) }}{{ strftime_now('%d %b "
      "%Y') }}";
  seeds["expressions"] =
      "{{ 1 + 2 * 3 ** 2 // 4 % 5 - -6 / 7 }}{{ not a is defined and n in list or 'x' not in 'xyz' }}{{ 1 < 2 <= n != "
      "3 }}"
      "{{ messages[1:-1:2][0]['content'] if n is divisibleby 3 else big }}{{ dict(a=1, **{'b': [1.5, none, (1,)]}) "
      "}}{# c #}"
      "{% raw %}{{ raw }}{% endraw %}{{ range(3)|list }}{{ cycler(1, 2).next() }}{{ '\\u00e9\\n\\x41' 'b' }}";
  return seeds;
}

const hearth::fuzz::Corpus seeds("template", template_seeds);

}  // namespace
