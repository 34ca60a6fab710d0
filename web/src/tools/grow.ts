// Makes a text field as high as its text, up to its max-height.
export function grow(field: HTMLTextAreaElement, _text: string) {
  const fit = () => {
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight + 2}px`;
  };
  fit();
  return { update: fit };
}
