// Texts to measure the page with, and what is made of the measurements.

/** Question and answer in turns; the answers have what costs most: lists, code, tables. */
export function long_conversation(count) {
  return Array.from({ length: count }, (_, i) =>
    i % 2 === 0
      ? `Message ${i} asks something.`
      : `Message ${i} answers with **weight**:\n\n- one\n- two\n\n\`\`\`python\ndef f_${i}(x):\n    return [x + ${i} for x in range(10)]\n\`\`\`\n\n| a | b |\n|---|---|\n| ${i} | 2 |`,
  );
}

/** Pieces of about a token each, with paragraphs, code and a table every now and then. */
export function long_answer(tokens) {
  const pieces = [];
  for (let paragraph = 0; pieces.length < tokens - 6; ++paragraph) {
    if (paragraph % 12 === 5) {
      pieces.push('```js\n');
      for (let i = 0; i < 30; ++i) pieces.push(`const value_${i} `, '= ', `compute(${i});\n`);
      pieces.push('```\n\n');
    } else if (paragraph % 12 === 9) {
      pieces.push('| a | b |\n|---|---|\n');
      for (let i = 0; i < 10; ++i) pieces.push(`| ${i} `, `| ${i * i} |\n`);
      pieces.push('\n');
    } else {
      for (let i = 0; i < 60; ++i) pieces.push(i % 9 === 0 ? ' **word**' : ' word');
      pieces.push('.\n\n');
    }
  }
  return [...pieces, 'The', ' end', ' of', ' it', ' all', '.'];
}

/** Of the durations of long tasks (the browser tells those over 50 ms). */
export function summary(durations) {
  return {
    longest_ms: Math.round(Math.max(0, ...durations)),
    over_50_ms: durations.length,
    over_100_ms: durations.filter((duration) => duration > 100).length,
  };
}
