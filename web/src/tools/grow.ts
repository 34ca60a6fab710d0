// Makes a text field as high as its text, up to its max-height.
export function grow(field: HTMLTextAreaElement, _text: string) {
  let width = 0;
  const fit = () => {
    width = field.clientWidth;
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight + 2}px`;
  };
  // Another width breaks the lines anew; the height that is set here must not set it off again.
  const observer = new ResizeObserver(() => {
    if (field.clientWidth !== width) fit();
  });
  observer.observe(field);
  return { update: fit, destroy: () => observer.disconnect() };
}
